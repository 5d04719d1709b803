interface TextChange {
  readonly at: number;
  readonly delete: number;
  readonly insert: string;
}

/** Returns the text after changes, whose positions are ascending and mean the text before all of them. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  let after = '';
  let position = 0;
  for (const change of changes) {
    after += text.slice(position, change.at) + change.insert;
    position = change.at + change.delete;
  }
  return after + text.slice(position);
}
