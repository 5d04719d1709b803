import { z } from 'zod';

/** What a measured server tells when it gets SIGUSR2: when each event went out, and what it holds. */
export const reportSchema = z.object({
  /** By `room:number`, in nanoseconds of the clock that all processes of a machine share. */
  sent: z.record(z.string(), z.number()),
  /** The heap and the buffers, garbage aside. */
  bytes: z.number(),
});

const sent = new Map<string, number>();

/** Notes that an event is about to go out. */
export function stamp(room: string, number: number): void {
  sent.set(`${room}:${number}`, Number(process.hrtime.bigint()));
}

/** Tells a report, and forgets it, at each SIGUSR2. */
export function reportOnSignal(): void {
  process.on('SIGUSR2', () => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const bytes = heapUsed + external;
    process.stdout.write(`report ${JSON.stringify({ sent: Object.fromEntries(sent), bytes })}\n`);
    sent.clear();
  });
}
