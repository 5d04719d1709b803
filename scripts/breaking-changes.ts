import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges, findDangerousChanges } from 'graphql';

const SCHEMA = 'schema.graphql';
const ACKNOWLEDGED = 'docs/breaking-changes.md';

/**
 * `npm run breaking`: names what the schema in the working tree would break for clients of the schema before,
 * and fails unless `docs/breaking-changes.md` has each of it. Dangerous changes are named only.
 */
const base = findBase();
const before = base && git('show', `${base}:${SCHEMA}`);
if (before) {
  process.exitCode = compare(before, readFileSync(SCHEMA, 'utf8'), base) ? 0 : 1;
} else {
  process.stdout.write(`There is no earlier commit with a ${SCHEMA} to compare with\n`);
}

/** Where this branch left the main one; on the main one, the commit before this. */
function findBase(): string | null {
  const fork = git('merge-base', 'HEAD', 'origin/HEAD');
  return fork && fork !== git('rev-parse', 'HEAD') ? fork : git('rev-parse', 'HEAD~1');
}

/** What git answers; null where it does not have what it was asked for. */
function git(...command: string[]): string | null {
  try {
    return execFileSync('git', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

/** Tells every change; answers whether each that breaks is acknowledged. */
function compare(before: string, after: string, since: string): boolean {
  const [old, now] = [buildSchema(before), buildSchema(after)];
  const acknowledged = existsSync(ACKNOWLEDGED) ? readFileSync(ACKNOWLEDGED, 'utf8') : '';
  const breaking = findBreakingChanges(old, now).map(({ description }) => description);
  const unacknowledged = breaking.filter((change) => !acknowledged.includes(change));

  process.stdout.write(`${SCHEMA} since ${since}: ${breaking.length || 'no'} breaking changes\n`);
  for (const { description } of findDangerousChanges(old, now))
    process.stdout.write(`  may break: ${description}\n`);
  for (const change of breaking) process.stdout.write(`  breaks: ${change}\n`);
  if (unacknowledged.length === 0) return true;
  process.stderr.write(
    `Keep what is asked for deprecated instead, or say in ${ACKNOWLEDGED} what clients must do:\n` +
      unacknowledged.map((change) => `- ${change}\n`).join(''),
  );
  return false;
}
