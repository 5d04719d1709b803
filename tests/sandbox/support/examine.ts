import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Canaries } from './canaries.ts';
import { type CorpusCase, LIMITS, MEGABYTE } from './corpus-case.ts';
import { findings } from './findings.ts';
import type { Holdings, World } from './world.ts';

/** What may come back late: the kernel takes a moment to clear away what was killed. */
const PATIENCE_MS = 5_000;

const HEALTHY_MS = 500;

/** Connections that HTTP keeps alive come and go. */
const SPARE_DESCRIPTORS = 12;

const MEMORY_TOLERANCE = 20 * MEGABYTE;

const result = z.object({ output: z.string(), error: z.string().nullable() });

/**
 * Runs one program of the corpus against a server, and answers what did not hold while it ran and afterwards: the
 * verdict, the time, processes, mounts and files, health and other programs, the canaries, descriptors, the next
 * run. Nothing when all is well.
 */
export async function examine(world: World, canaries: Canaries, each: CorpusCase): Promise<string[]> {
  const before = world.holdings();
  const [ending, healthy, other] = await Promise.all([world.run(each), health(world), hello(world)]);
  const { wallTimeMs } = { ...LIMITS, ...each.limits };
  const broken = findings(each, ending);
  const told = ending.stdout + ending.stderr + ending.error;
  if (ending.elapsed > wallTimeMs + 1_000) broken.push(`answered after ${Math.round(ending.elapsed)} ms`);
  if (canaries.disturbed(told)) broken.push(`${canaries.disturbed(told)}`);
  if (/node_modules|\bguest\//.test(told)) broken.push(`shows a path of the installation: ${told}`);
  if (!healthy) broken.push('the server was not healthy meanwhile');
  if (!other) broken.push('another program failed meanwhile');
  const next = await world.run(FIND_LEFTOVERS[world.kind]);
  if (next.stdout !== '[]\n') broken.push(`the next run found ${next.stdout}${next.stderr}`);
  return [...broken, ...(await left(world, before))];
}

/** Whether the memory of the server is back where it was after its first large answer. */
export async function memoryIsBack(world: World, baseline: number): Promise<string[]> {
  await eventually(() => world.memory() <= baseline + MEMORY_TOLERANCE);
  const grown = world.memory() - baseline;
  return grown <= MEMORY_TOLERANCE ? [] : [`the server holds ${Math.round(grown / MEGABYTE)} MB more`];
}

/** The memory of a server that has had large bodies and programs of every language. */
export async function warmMemory(world: World): Promise<number> {
  for (const language of ['python', 'javascript', 'typescript'] as const) {
    const comment = language === 'python' ? '#' : '//';
    await world.run({ language, code: `${comment}${'x'.repeat(5 * MEGABYTE)}` });
    await world.run({ language, code: PRINTS_MUCH[language], limits: { outputBytes: 2 * MEGABYTE } });
  }
  return world.memory();
}

const PRINTS_MUCH = {
  python: 'print("x" * 1_900_000)',
  javascript: 'console.log("x".repeat(1_900_000))',
  typescript: 'console.log("x".repeat(1_900_000))',
};

/** In Python where it has files on the host; what is in memory alone goes with its process. */
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

async function health({ api }: World): Promise<boolean> {
  const began = performance.now();
  const response = await fetch(`${api}/health`);
  return response.ok && performance.now() - began < HEALTHY_MS;
}

async function hello({ api }: World): Promise<boolean> {
  const response = await fetch(`${api}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ language: 'javascript', code: 'console.log("hello")' }),
  });
  return result.parse(await response.json()).output === 'hello';
}

async function left(world: World, before: Holdings): Promise<string[]> {
  let broken: string[] = [];
  await eventually(() => {
    broken = differences(before, world.holdings());
    return broken.length === 0;
  });
  return broken;
}

function differences(before: Holdings, now: Holdings): string[] {
  const broken: string[] = [];
  if (now.processes > before.processes) broken.push(`${now.processes - before.processes} processes are left`);
  if (now.descriptors > before.descriptors + SPARE_DESCRIPTORS) broken.push('descriptors are left open');
  if (now.mounts !== before.mounts) broken.push('a mount is left');
  const files = now.files.filter((file) => !before.files.includes(file));
  if (files.length > 0) broken.push(`files are left: ${files.join(' ')}`);
  return broken;
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !holds() && performance.now() < deadline; ) {
    await sleep(50);
  }
}
