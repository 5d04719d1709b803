import { texts } from './texts.ts';

/** The product's mark and name, as a link to the start page. */
export function Brand() {
  return (
    <a className="brand" href="/">
      <img src="/mark.svg" alt="" width="28" height="28" />
      <span>{texts.product}</span>
    </a>
  );
}
