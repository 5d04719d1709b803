import { SETTINGS } from '../src/config.ts';

/** `npm run settings`: prints the table of settings that stands in the README. */
const rows = Object.entries(SETTINGS).map(([name, schema]) => {
  const value = schema.parse(undefined);
  const shown = schema.meta()?.['shownDefault'] ?? `\`${Array.isArray(value) ? value.join(',') : value}\``;
  return `| \`${name}\` | ${shown} | ${schema.description} |`;
});
process.stdout.write(['| variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n'));
