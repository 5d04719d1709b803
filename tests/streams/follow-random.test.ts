import { expect, test } from 'vitest';
import { follow } from '../../src/streams/follow.ts';
import type { Entry } from '../../src/streams/log.ts';
import { Stream } from '../../src/streams/stream.ts';
import { type Item, KEY, MemoryLog } from '../support/memory-log.ts';
import { pullRest } from '../support/pull.ts';
import { seededRandom } from '../support/random.ts';

const SEEDS = 500;
const STEPS = 80;

/** Follows a log whose deliveries are lost, repeated and late at random, and returns what the reader got. */
async function read(random: () => number): Promise<{ after: number; seqs: number[]; last: number }> {
  const below = (limit: number) => Math.floor(random() * limit);
  const pause = async () => {
    for (let turns = below(4); turns > 0; turns -= 1) await null;
  };
  const log = new MemoryLog();
  log.onHead = pause;
  log.onItem = pause;
  log.hasLastItem = random() < 0.5;
  const interruptions = { slow: () => new Error('slow'), closing: () => new Error('closing') };
  const stream = new Stream<Item>(log, interruptions, (error) => {
    throw error;
  });
  const deliver = (entry: Entry<Item>) => stream.broadcaster.publish(KEY, entry);

  let last = 0;
  const appended: Entry<Item>[] = [];
  const append = () => {
    last += 1;
    appended.push(log.append());
  };
  const deliverSome = () => {
    const entry = appended.at(-1 - below(Math.min(appended.length, 5)));
    if (entry) deliver(entry);
  };

  for (let left = below(10); left > 0; left -= 1) append();
  const after = below(last + 1);
  const reading = follow(stream, KEY, () => after).then((source) => pullRest(source, pause));
  for (let step = 0; step < STEPS; step += 1) {
    if (random() < 0.6) append();
    if (random() < 0.7) deliverSome();
    await pause();
  }
  // A log that is gone takes with it what was not read, so the reader gets it first.
  if (random() < 0.5) deliver(log.end());
  else {
    for (const entry of appended.slice(-1)) deliver(entry);
    await new Promise((resolve) => setImmediate(resolve));
    deliver(log.remove());
    if (log.hasLastItem) last += 1;
  }
  return { after, seqs: await reading, last };
}

test('a reader gets each item once and in order, whatever becomes of deliveries', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { after, seqs, last } = await read(seededRandom(seed));
    const all = Array.from({ length: last - after }, (_, index) => after + 1 + index);
    expect(seqs, `seed ${seed}`).toEqual(all);
  }
});
