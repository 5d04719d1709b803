import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SLICES = ['sessions', 'users', 'executions', 'presence', 'documents'];
const TRANSPORTS = ['graphql', 'rest'];
/** Know nothing of the product. */
const INDEPENDENT = ['sandbox', 'streams', 'bus'];

interface Import {
  readonly from: string;
  readonly to: string;
  /** Whether only types are imported, which are gone at run time. */
  readonly isOfTypes: boolean;
}

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

const STATEMENT = /^(?:import|export)(?<names>[^'";]*?)(?:from )?'(?<path>\.[^']+)'/gm;

async function imports(): Promise<Import[]> {
  const all = (await sourceFiles()).map(async (from) => {
    const text = await readFile(from, 'utf8');
    return [...text.matchAll(STATEMENT)].map(({ groups: { names = '', path = '' } = {} }) => ({
      from,
      to: relative('.', join(dirname(from), path)),
      isOfTypes: /^ type\b/.test(names) || isListOfTypes(names),
    }));
  });
  return (await Promise.all(all)).flat();
}

/** `{ type A, type B }` */
function isListOfTypes(names: string): boolean {
  const list = /{(.*)}/s
    .exec(names)?.[1]
    ?.split(',')
    .map((name) => name.trim());
  return list?.every((name) => name === '' || name.startsWith('type ')) ?? false;
}

/** `src/users/rest.ts` is in the folder `users`, `src/errors.ts` stands for itself. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function moduleOf(path: string): string {
  return path.split('/').slice(2).join('/').replace('.ts', '');
}

const isTransport = (module: string) => TRANSPORTS.some((name) => module.startsWith(name));

test('the folders form no circle', async () => {
  const graph = new Map<string, Set<string>>();
  for (const { from, to, isOfTypes } of await imports()) {
    const [source, target] = [folderOf(from), folderOf(to)];
    if (isOfTypes || source === target) continue;
    graph.set(source, (graph.get(source) ?? new Set()).add(target));
  }
  expect(graph.size).toBeGreaterThan(10);
  // Takes away the folders that import nothing that is left, until nothing is left but circles.
  for (let left = -1; left !== graph.size; ) {
    left = graph.size;
    for (const [folder, targets] of graph) {
      if (![...targets].some((target) => graph.has(target))) graph.delete(folder);
    }
  }
  expect(graph).toEqual(new Map());
});

test('a slice is used by its service or its model alone', async () => {
  const trespasses = (await imports()).filter(({ from, to, isOfTypes }) => {
    const [source, target] = [folderOf(from), folderOf(to)];
    if (!SLICES.includes(source) || !SLICES.includes(target) || source === target) return false;
    return !isOfTypes && !['service', 'model'].includes(moduleOf(to));
  });
  expect(trespasses).toEqual([]);
});

test('commands know no transport: what is beside the adapters imports neither GraphQL nor REST', async () => {
  const trespasses = (await imports()).filter(({ from, to }) => {
    if (![...SLICES, 'events'].includes(folderOf(from)) || isTransport(moduleOf(from))) return false;
    return TRANSPORTS.includes(folderOf(to)) || isTransport(moduleOf(to));
  });
  expect(trespasses).toEqual([]);
});

test('what each transport has once imports no slice', async () => {
  const trespasses = (await imports()).filter(
    ({ from, to, isOfTypes }) =>
      !isOfTypes && TRANSPORTS.includes(folderOf(from)) && SLICES.includes(folderOf(to)),
  );
  expect(trespasses).toEqual([]);
});

test.each(INDEPENDENT)('%s/ knows nothing of the product', async (folder) => {
  const trespasses = (await imports()).filter(
    ({ from, to }) => folderOf(from) === folder && !INDEPENDENT.includes(folderOf(to)),
  );
  expect(trespasses).toEqual([]);
});

test('config.ts alone reads the environment', async () => {
  const readers = await Promise.all(
    (await sourceFiles()).map(async (file) =>
      (await readFile(file, 'utf8')).includes('process.env') ? file : [],
    ),
  );
  // The programs hand the environment to config.ts.
  expect(readers.flat().sort()).toEqual(['src/key.ts', 'src/main.ts']);
});

test('a session that nobody has decided about is read for its change alone', async () => {
  const readers = await Promise.all(
    (await sourceFiles()).map(async (file) =>
      (await readFile(file, 'utf8')).includes('latestKnown(') ? file : [],
    ),
  );
  expect(readers.flat().sort()).toEqual(['src/events/append.ts', 'src/events/session-cache.ts']);
});

test('no file is over 300 lines', async () => {
  const long = await Promise.all(
    (await sourceFiles()).map(async (file) =>
      (await readFile(file, 'utf8')).split('\n').length > 301 ? file : [],
    ),
  );
  expect(long.flat()).toEqual([]);
});
