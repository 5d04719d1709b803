import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxKind } from '../../../src/sandbox/sandbox.ts';
import { createCanaries } from './canaries.ts';
import { type Baseline, examine, memoryIsBack, warmUp } from './examine.ts';
import { familiesFor } from './families.ts';
import { availableKinds } from './kinds.ts';
import { openWorld, type World } from './world.ts';

const SETUP_TIMEOUT_MS = 180_000;
/** Room for every attempt at a case, each with its wall time and the wait for leftovers. */
const CASE_TIMEOUT_MS = 300_000;

/** Runs the whole corpus against a server with this kind of sandbox, where the machine supports it. */
export async function describeCorpus(kind: SandboxKind): Promise<void> {
  const kinds = await availableKinds();
  const canaries = await createCanaries();
  afterAll(() => canaries.remove());

  describe.runIf(kinds.includes(kind))(kind, () => {
    let world: World;
    let baseline: Baseline;
    beforeAll(async () => {
      world = await openWorld(kind);
      return () => world.close();
    }, SETUP_TIMEOUT_MS);
    beforeAll(async () => {
      baseline = await warmUp(world);
    }, SETUP_TIMEOUT_MS);

    describe.each(familiesFor(kind, canaries))('%s', (_, cases) => {
      it.each(cases)('$language: $name', { timeout: CASE_TIMEOUT_MS }, async (each) =>
        expect(await examine(world, baseline, canaries, each)).toEqual([]),
      );
    });

    it('leaves the memory of the server where it was', { timeout: CASE_TIMEOUT_MS }, async () => {
      expect(await memoryIsBack(world, baseline)).toEqual([]);
    });
  });
}
