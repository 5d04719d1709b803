import { useActionState } from 'react';
import { texts } from '../shared/texts.ts';

const MAX_LENGTH = 100;

export function NameForm({ onName }: { readonly onName: (name: string) => Promise<void> }) {
  const [, join, isPending] = useActionState(async (_previous: null, form: FormData) => {
    const name = String(form.get('name')).trim();
    if (name !== '') await onName(name);
    return null;
  }, null);
  return (
    <form action={join}>
      <label className="field">
        <span>{texts.gate.name}</span>
        <input
          name="name"
          required
          maxLength={MAX_LENGTH}
          autoComplete="name"
          aria-describedby="name-hint"
          // biome-ignore lint/a11y/noAutofocus: the page asks for nothing else.
          autoFocus
        />
      </label>
      <p id="name-hint" className="muted">
        {texts.gate.nameHint}
      </p>
      <button type="submit" className="primary" disabled={isPending}>
        {isPending ? texts.gate.joining : texts.gate.join}
      </button>
    </form>
  );
}
