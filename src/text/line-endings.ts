import { type Edit, MAX_CHANGES } from './text-change.ts';

/** Returns `text` with LF for each CRLF and CR. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * Returns the edit that turns each CRLF and CR into LF. It keeps the rest of the text in place, unless there are more
 * than MAX_CHANGES of them: then it is one change.
 */
export function lineFeedEdit(text: string): Edit {
  const edit = [];
  for (let at = text.indexOf('\r'); at !== -1; at = text.indexOf('\r', at + 1)) {
    edit.push({ at, delete: 1, insert: text[at + 1] === '\n' ? '' : '\n' });
    if (edit.length > MAX_CHANGES) return replacement(text);
  }
  return edit;
}

function replacement(text: string): Edit {
  const at = text.indexOf('\r');
  return [{ at, delete: text.length - at, insert: withLineFeeds(text.slice(at)) }];
}
