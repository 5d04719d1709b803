import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Closers } from '../src/closers.ts';

const line = z.object({ msg: z.string(), err: z.object({ message: z.string() }) });

/** Closers, and what they log. */
function open() {
  const logged: string[] = [];
  const write = (text: string) => {
    const { msg, err } = line.parse(JSON.parse(text));
    logged.push(`${msg}: ${err.message}`);
  };
  const closers = new Closers(Fastify({ logger: { stream: { write } } }).log);
  return { closers, logged };
}

test('what was opened last is closed first, one after the other', async () => {
  const { closers, logged } = open();
  const steps: string[] = [];
  closers.add('first', () => steps.push('first'));
  closers.add('slow', async () => {
    steps.push('slow begins');
    await new Promise((resolve) => setImmediate(resolve));
    steps.push('slow ends');
  });
  closers.add('last', () => steps.push('last'));
  await closers.close();
  expect(steps).toEqual(['last', 'slow begins', 'slow ends', 'first']);
  expect(logged).toEqual([]);
});

test('what throws or rejects is logged with its name and keeps nothing open', async () => {
  const { closers, logged } = open();
  const steps: string[] = [];
  closers.add('first', () => steps.push('first'));
  closers.add('rejecting', () => Promise.reject(new Error('no')));
  closers.add('throwing', () => {
    throw new Error('never');
  });
  await closers.close();
  expect(steps).toEqual(['first']);
  expect(logged).toEqual(['Closing failed: throwing: never', 'Closing failed: rejecting: no']);
});

test('everything is closed once', async () => {
  const { closers } = open();
  let count = 0;
  closers.add('it', () => {
    count += 1;
  });
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  expect(count).toBe(1);
});
