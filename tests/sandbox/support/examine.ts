import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Canaries } from './canaries.ts';
import { type CorpusCase, LIMITS, MEGABYTE } from './corpus-case.ts';
import { findings } from './findings.ts';
import type { Holdings, World } from './world.ts';

/** How long leftovers may take to disappear: a busy kernel clears killed processes late. */
const PATIENCE_MS = 60_000;

/** How often a case may be examined while nothing but lateness is found. */
const ATTEMPTS = 3;

/** How late an outcome may be on an idle machine, beyond the program's wall time limit. */
const OUTCOME_SLACK_MS = 1_000;
/** How long a health check may take on an idle machine while a program attacks. */
const HEALTH_SLACK_MS = 500;
/** By how many times the duration of a trivial request the slack grows: a busy machine slows down both. */
const PROBE_FACTOR = 5;

/** Connections that HTTP keeps alive come and go. */
const SPARE_DESCRIPTORS = 12;

const MEMORY_TOLERANCE = 20 * MEGABYTE;

const result = z.object({ output: z.string(), error: z.string().nullable() });

/** The state of a server that has run programs of every language and is idle. */
export interface Baseline {
  holdings: Holdings;
  /** In bytes. */
  memory: number;
}

/**
 * Runs one program of the corpus and returns everything that was wrong during and after the run: the verdict, the
 * time, processes, mounts and files, health and other programs, the canaries, descriptors, the next run. Returns an
 * empty list when nothing was. Examines the case again only when it was nothing but late.
 */
export async function examine(
  world: World,
  baseline: Baseline,
  canaries: Canaries,
  each: CorpusCase,
): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const { wrong, late } = await examineOnce(world, baseline, canaries, each);
    if (wrong.length > 0 || late.length === 0 || attempt === ATTEMPTS) return [...wrong, ...late];
  }
}

async function examineOnce(world: World, baseline: Baseline, canaries: Canaries, each: CorpusCase) {
  const [ending, health, other] = await Promise.all([world.run(each), checkHealth(world), hello(world)]);
  const { wallTimeMs } = { ...LIMITS, ...each.limits };
  const wrong = findings(each, ending);
  const output = ending.stdout + ending.stderr + ending.error;
  const disturbed = canaries.disturbed(output);
  if (disturbed) wrong.push(disturbed);
  if (/node_modules|\bguest\//.test(output)) wrong.push(`shows a path of the installation: ${output}`);
  if (!health.ok) wrong.push('the server was not healthy meanwhile');
  if (!other) wrong.push('another program failed meanwhile');
  const next = await world.run(FIND_LEFTOVERS[world.kind]);
  if (next.stdout !== '[]\n') wrong.push(`the next run found ${next.stdout}${next.stderr}`);
  wrong.push(...(await leftovers(world, baseline.holdings)));

  const late: string[] = [];
  if (await exceeds(ending.elapsed - wallTimeMs, OUTCOME_SLACK_MS, () => world.run(EMPTY[each.language]))) {
    late.push(`the outcome came after ${Math.round(ending.elapsed)} ms`);
  }
  if (await exceeds(health.elapsed, HEALTH_SLACK_MS, () => checkHealth(world))) {
    late.push(`the health check took ${Math.round(health.elapsed)} ms`);
  }
  return { wrong, late };
}

/** Whether a time exceeds the slack. On a busy machine the slack grows with the duration of a trivial request. */
async function exceeds(
  elapsed: number,
  slackMs: number,
  probe: () => Promise<{ elapsed: number }>,
): Promise<boolean> {
  return elapsed > slackMs && elapsed > slackMs + PROBE_FACTOR * (await probe()).elapsed;
}

/** Returns what is wrong when the memory of the server does not return to the baseline. */
export async function memoryIsBack(world: World, { memory }: Baseline): Promise<string[]> {
  await eventually(() => world.memory() <= memory + MEMORY_TOLERANCE);
  const grown = world.memory() - memory;
  return grown <= MEMORY_TOLERANCE ? [] : [`the server holds ${Math.round(grown / MEGABYTE)} MB more`];
}

/** Gives the server large bodies and programs of every language, and returns its state after that. */
export async function warmUp(world: World): Promise<Baseline> {
  for (const language of ['python', 'javascript', 'typescript'] as const) {
    const comment = language === 'python' ? '#' : '//';
    const code = `${comment}${'x'.repeat(1_900_000)}`;
    await world.run({ language, code, stdin: 'x'.repeat(5 * MEGABYTE) });
    await world.run({ language, code: PRINTS_MUCH[language], limits: { outputBytes: 2 * MEGABYTE } });
  }
  const memory = world.memory();
  await eventually(() => world.holdings().waiting === world.runtimes);
  return { memory, holdings: world.holdings() };
}

const PRINTS_MUCH = {
  python: 'print("x" * 1_900_000)',
  javascript: 'console.log("x".repeat(1_900_000))',
  typescript: 'console.log("x".repeat(1_900_000))',
};

const EMPTY = {
  python: { language: 'python', code: '' },
  javascript: { language: 'javascript', code: '' },
  typescript: { language: 'typescript', code: '' },
} as const;

/** In Python where it has files on the host. Files in memory disappear with their process. */
const FIND_LEFTOVERS = {
  bubblewrap: {
    language: 'python',
    code: 'import os\nprint(sorted(set(os.listdir(".") + os.listdir("/tmp")) - {"main.py"}))',
  },
  embedded: {
    language: 'javascript',
    code: 'console.log(Object.keys(globalThis).filter((name) => name === "left"))',
  },
} as const;

async function checkHealth({ api }: World): Promise<{ ok: boolean; elapsed: number }> {
  const began = performance.now();
  const { ok } = await fetch(`${api}/health`);
  return { ok, elapsed: performance.now() - began };
}

async function hello({ api }: World): Promise<boolean> {
  const response = await fetch(`${api}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      language: 'javascript',
      code: 'console.log("hello")',
      timeout: LIMITS.wallTimeMs,
    }),
  });
  return result.parse(await response.json()).output === 'hello';
}

/** Waits until the state is that of the baseline again, with a full pool. Returns what differs at the deadline. */
async function leftovers(world: World, before: Holdings): Promise<string[]> {
  let found: string[] = [];
  await eventually(() => {
    found = differences(before, world.holdings());
    return found.length === 0;
  });
  return found;
}

function differences(before: Holdings, now: Holdings): string[] {
  const found: string[] = [];
  if (now.waiting < before.waiting) found.push('no process waits for the next program');
  if (now.processes > before.processes) found.push(`${now.processes - before.processes} processes are left`);
  if (now.descriptors > before.descriptors + SPARE_DESCRIPTORS) found.push('descriptors are left open');
  if (now.mounts !== before.mounts) found.push('a mount is left');
  const files = now.files.filter((file) => !before.files.includes(file));
  if (files.length > 0) found.push(`files are left: ${files.join(' ')}`);
  return found;
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !holds() && performance.now() < deadline; ) {
    await sleep(50);
  }
}
