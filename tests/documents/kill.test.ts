import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { spawnServer } from '../support/process.ts';
import { Simulation } from '../support/simulation/simulation.ts';

const SEED = 1;
/** How often the server is killed; set KILLS for a longer run. */
const KILLS = Number(process.env['KILLS'] ?? 5);
const MOST_CHANGES_BETWEEN = 60;

test(`what others saw is there after kill -9, once (${KILLS} times, seed ${SEED})`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codeinterview-kill-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const settings = { HOST: '127.0.0.1', PORT: '0', DATABASE_URL: 'file:./data.db', SANDBOX_WAITING: '0' };
  let server = spawnServer(settings, folder);
  let url = await server.url();
  const simulation = await Simulation.start({ url: () => url }, SEED);
  for (let kill = 0; kill < KILLS; kill++) {
    await simulation.run((kill * 17) % MOST_CHANGES_BETWEEN);
    server.child.kill('SIGKILL');
    // Every other time, nobody is left who could send again what was shown to others.
    if (kill % 2 === 0) simulation.vanish();
    await server.exit();
    server = spawnServer(settings, folder);
    url = await server.url();
    if (kill % 2 === 0) await simulation.gather();
  }
  await simulation.run(MOST_CHANGES_BETWEEN);
  await simulation.expectOneText(1);
  expect(simulation.changes).toBeGreaterThan(KILLS * 10);
}, 3_600_000);
