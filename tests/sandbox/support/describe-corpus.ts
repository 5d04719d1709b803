import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxKind } from '../../../src/sandbox/sandbox.ts';
import { createCanaries } from './canaries.ts';
import { examine, memoryIsBack, warmMemory } from './examine.ts';
import { familiesFor } from './families.ts';
import { availableKinds } from './kinds.ts';
import { openWorld, type World } from './world.ts';

/** Every program of the corpus against a server with this kind of sandbox, where this machine can run it. */
export async function describeCorpus(kind: SandboxKind): Promise<void> {
  const kinds = await availableKinds();
  const canaries = await createCanaries();
  afterAll(() => canaries.remove());

  describe.runIf(kinds.includes(kind))(kind, () => {
    let world: World;
    let memory: number;
    beforeAll(async () => {
      world = await openWorld(kind);
      memory = await warmMemory(world);
    }, 60_000);
    afterAll(() => world.close());

    describe.each(familiesFor(kind, canaries))('%s', (_, cases) => {
      it.each(cases)(
        '$language: $name',
        async (each) => expect(await examine(world, canaries, each)).toEqual([]),
        45_000,
      );
    });

    it('leaves the memory of the server where it was', async () => {
      expect(await memoryIsBack(world, memory)).toEqual([]);
    });
  });
}
