import { texts } from '../shared/texts.ts';
export default function Playback({ id }: { readonly id: string }) {
  return (
    <p>
      {texts.playback.title} {id}
    </p>
  );
}
