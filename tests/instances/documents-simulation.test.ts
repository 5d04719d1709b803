import { describe, expect, test } from 'vitest';
import { startCluster } from '../support/cluster.ts';
import { hasRedis } from '../support/redis.ts';
import { Simulation } from '../support/simulation/simulation.ts';

const SEED = 20_261_129;
const INSTANCES = 3;
/** How often an instance is killed; set SIMULATION_KILLS for a longer run. */
const KILLS = Number(process.env['SIMULATION_KILLS'] ?? 3);
const CHANGES_BETWEEN = 100;

describe.runIf(hasRedis)(`a document on three servers with seed ${SEED}`, () => {
  test(`is one for clients of all kinds, whatever is cut, restarted or killed (${KILLS} times)`, async () => {
    const cluster = await startCluster(INSTANCES);
    const simulation = await Simulation.start(cluster, SEED);
    const restartPostgresql = () => cluster.postgresql.stop().then(() => cluster.postgresql.start());
    for (let kill = 0; kill < KILLS; kill++) {
      const victim = kill % INSTANCES;
      await simulation.run(CHANGES_BETWEEN);
      cluster.kill(victim);
      if (kill % 3 === 1) {
        // Nobody is left who could send again what was shown to others.
        simulation.vanish();
        await cluster.launch(victim);
        await simulation.gather();
        continue;
      }
      const meanwhile = [cluster.launch(victim)];
      if (kill % 3 === 2) meanwhile.push(cluster.redis.restart());
      await simulation.run(CHANGES_BETWEEN, Promise.all(meanwhile));
      if (kill % 3 === 2) await simulation.run(CHANGES_BETWEEN, restartPostgresql());
    }
    await simulation.run(CHANGES_BETWEEN);
    await simulation.expectOneText(INSTANCES);
    expect(simulation.changes).toBeGreaterThan(KILLS * CHANGES_BETWEEN);
  }, 3_600_000);
});
