import { type Language, UpdateDocument } from '../generated/graphql.ts';
import { texts } from '../shared/texts.ts';
import { useRoom } from './room-context.ts';

interface LanguageSelectProps {
  readonly language: Language;
  readonly isDisabled: boolean;
}

const LANGUAGES: readonly Language[] = ['PYTHON', 'TYPESCRIPT', 'JAVASCRIPT'];

/** Shows the language of the program, and changes it for everybody. */
export function LanguageSelect({ language, isDisabled }: LanguageSelectProps) {
  const { act, sessionId } = useRoom();
  const change = (name: string) => {
    const chosen = LANGUAGES.find((known) => known === name);
    if (chosen) void act(UpdateDocument, { input: { id: sessionId, language: chosen } });
  };
  return (
    <select
      aria-label={texts.room.language}
      value={language}
      disabled={isDisabled}
      onChange={({ target }) => change(target.value)}
    >
      {LANGUAGES.map((known) => (
        <option key={known} value={known}>
          {texts.languages[known]}
        </option>
      ))}
    </select>
  );
}
