import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SLICES = ['sessions', 'users', 'execution', 'events', 'presence', 'health'];
const DOORS = ['graphql', 'rest'];

interface Import {
  from: string;
  to: string;
}

async function sourceFiles(): Promise<string[]> {
  const entries = await readdir('src', { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

async function imports(): Promise<Import[]> {
  const all = (await sourceFiles()).map(async (from) => {
    const text = await readFile(from, 'utf8');
    const paths = [...text.matchAll(/(?:from|import) '(\.[^']+)'/g)].map(([, path]) => path ?? '');
    return paths.map((path) => ({ from, to: relative('.', join(dirname(from), path)) }));
  });
  return (await Promise.all(all)).flat();
}

/** `src/users/rest.ts` is the module `rest` of the room `users`. */
function place(path: string): { room: string; module: string } {
  const [, room = '', module = ''] = path.split('/');
  return { room, module: module.replace('.ts', '') };
}

test('a slice reaches into another by its service or its model alone', async () => {
  const trespasses = (await imports()).filter(({ from, to }) => {
    const [source, target] = [place(from), place(to)];
    const crosses =
      SLICES.includes(source.room) && SLICES.includes(target.room) && source.room !== target.room;
    return crosses && DOORS.includes(target.module);
  });
  expect(trespasses).toEqual([]);
});

test('verbs know no door: services and models import neither GraphQL nor REST', async () => {
  const trespasses = (await imports()).filter(({ from, to }) => {
    const [source, target] = [place(from), place(to)];
    return (
      SLICES.includes(source.room) &&
      !DOORS.includes(source.module) &&
      (DOORS.includes(target.room) || DOORS.includes(target.module))
    );
  });
  expect(trespasses).toEqual([]);
});

test('the sandbox knows nothing of the product', async () => {
  const trespasses = (await imports()).filter(
    ({ from, to }) => place(from).room === 'sandbox' && place(to).room !== 'sandbox',
  );
  expect(trespasses).toEqual([]);
});

test('config.ts alone reads the environment', async () => {
  const readers = await Promise.all(
    (await sourceFiles()).map(async (file) =>
      (await readFile(file, 'utf8')).includes('process.env') ? file : [],
    ),
  );
  // main.ts hands the environment to config.ts.
  expect(readers.flat()).toEqual(['src/main.ts']);
});

test('no file is over 300 lines', async () => {
  const long = await Promise.all(
    (await sourceFiles()).map(async (file) =>
      (await readFile(file, 'utf8')).split('\n').length > 301 ? file : [],
    ),
  );
  expect(long.flat()).toEqual([]);
});
