import { readFile } from 'node:fs/promises';
import { subset } from 'semver';
import { expect, test } from 'vitest';

type Package = { engines?: { node?: string }; deprecated?: string; hasInstallScript?: boolean };

test('npm install has nothing to warn of on any Node.js that package.json allows', async () => {
  const { engines, allowScripts } = JSON.parse(await readFile('package.json', 'utf8'));
  const { packages }: { packages: Record<string, Package> } = JSON.parse(
    await readFile('package-lock.json', 'utf8'),
  );
  // The lock file names this project '': its own preinstall script needs no permission.
  delete packages[''];
  const pathsOf = (matches: (entry: Package, path: string) => unknown) =>
    Object.entries(packages).flatMap(([path, entry]) => (matches(entry, path) ? [path] : []));
  const nameOf = (path: string) => path.replace(/^.*node_modules\//, '');

  expect({
    unsupported: pathsOf((entry) => !subset(engines.node, entry.engines?.node ?? '*')),
    deprecated: pathsOf((entry) => entry.deprecated),
    // `allowScripts` must say true or false for each script.
    undecided: pathsOf((entry, path) => entry.hasInstallScript && !(nameOf(path) in allowScripts)),
  }).toEqual({ unsupported: [], deprecated: [], undecided: [] });
});
