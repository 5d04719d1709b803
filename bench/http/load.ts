import autocannon from 'autocannon';
import { quantile } from '../statistics.ts';
import type { Answer } from './answer.ts';
import type { Request } from './operations.ts';

export const CONNECTIONS = 10;

export interface Load {
  url: string;
  /** The next request. */
  next(): Request;
  /** How long to go on, unless `amount` says how often. */
  seconds: number;
  amount: number | null;
  /** Any other status or length of body is a mistake. */
  expected: Answer;
}

export interface Measured {
  perSecond: number;
  p99: number;
}

/** Keeps ten connections busy, each with its next request as soon as it has its answer. */
export async function load({ url, next, seconds, amount, expected }: Load): Promise<Measured> {
  const times: number[] = [];
  const wrong: string[] = [];
  const start = performance.now();
  let end = start;
  await new Promise<void>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: CONNECTIONS,
        duration: seconds,
        ...(amount !== null && { amount }),
        sampleInt: 100,
        requests: [{ setupRequest: (request) => ({ ...request, ...next() }) }],
        verifyBody: (body) => {
          const text = String(body ?? '');
          if (text.length !== expected.body.length) wrong.push(text);
          return true;
        },
      },
      (error) => (error ? reject(error) : resolve()),
    );
    // autocannon's own histogram knows whole milliseconds alone.
    run.on('response', (_client, status, _bytes, time) => {
      end = performance.now();
      times.push(time);
      if (status !== expected.status) wrong.push(`status ${status}`);
    });
    run.on('reqError', reject);
  });
  if (wrong.length > 0) {
    throw new Error(
      `Expected ${expected.body}, but ${wrong.length} answers of ${times.length} were ${wrong[0]}`,
    );
  }
  return { perSecond: (times.length / (end - start)) * 1000, p99: quantile(times, 0.99) };
}
