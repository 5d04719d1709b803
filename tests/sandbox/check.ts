// `npm run sandbox:check`: runs the corpus of hostile and honest programs on this host, against a server with each
// kind of sandbox or with the kinds that are named as arguments. Prints what holds.
import { styleText } from 'node:util';
import { SANDBOX_KINDS, type SandboxKind } from '../../src/sandbox/sandbox.ts';
import { createCanaries } from './support/canaries.ts';
import { examine, memoryIsBack, warmUp } from './support/examine.ts';
import { familiesFor } from './support/families.ts';
import { openKind } from './support/kinds.ts';
import { openWorld } from './support/world.ts';

const named = process.argv.slice(2);
const kinds = SANDBOX_KINDS.filter((kind) => named.length === 0 || named.includes(kind));
let broken = 0;
let ran = 0;
for (const kind of kinds) {
  if (await opens(kind)) await check(kind);
  // A named kind has to work.
  else if (named.length > 0) broken += 1;
}
say(`\n${ran - broken} passed, ${broken} failed`);
process.exitCode = broken > 0 || ran === 0 ? 1 : 0;

/** Returns whether the kind works here. Prints its protections, or why it does not work. */
async function opens(kind: SandboxKind): Promise<boolean> {
  try {
    const sandbox = await openKind(kind);
    say(`\n${styleText('bold', kind)}`);
    for (const { name, mechanism } of sandbox.protections) {
      say(`  ${name.padEnd(11)} ${mechanism ?? 'nothing'}`);
    }
    await sandbox.close();
    return true;
  } catch (error) {
    say(`\n${styleText('bold', kind)}\n  ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

async function check(kind: SandboxKind): Promise<void> {
  const canaries = await createCanaries();
  const world = await openWorld(kind);
  try {
    const baseline = await warmUp(world);
    for (const [family, cases] of familiesFor(kind, canaries)) {
      let held = 0;
      const reports: string[] = [];
      for (const each of cases) {
        const findings = await examine(world, baseline, canaries, each);
        if (findings.length === 0) held += 1;
        else reports.push(`${each.language}: ${each.name}: ${findings.join('; ')}`);
      }
      tell(family, held, cases.length, reports);
    }
    const grown = await memoryIsBack(world, baseline);
    tell('memory of the server', grown.length === 0 ? 1 : 0, 1, grown);
  } finally {
    await world.close();
    await canaries.remove();
  }
}

function tell(family: string, held: number, count: number, reports: readonly string[]): void {
  ran += count;
  broken += count - held;
  const color = held === count ? 'green' : 'red';
  say(`  ${family.padEnd(22)} ${styleText(color, `${held} of ${count} held`)}`);
  for (const report of reports) say(`    ${report}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
