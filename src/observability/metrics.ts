import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { decideOutside } from '../access/decide.ts';
import type { AppContext } from '../app.ts';
import { readGauges } from './service.ts';

/** How often the delay of the event loop is measured. At prom-client's 10 ms that is most of what an idle server does. */
const DELAY_SAMPLE_MS = 100;

/** Memory, descriptors, processor time and event loop of the process, which may hold several servers. */
const processMetrics = new Registry();
collectDefaultMetrics({ register: processMetrics, eventLoopMonitoringPrecision: DELAY_SAMPLE_MS });

/** Serves `/metrics` in the format of Prometheus. */
export function serveMetrics(server: FastifyInstance, app: AppContext): void {
  const own = new Registry();
  const registers = [own];
  new Gauge({
    name: 'codeinterview_sockets',
    help: 'Lasting connections of clients',
    labelNames: ['transport'],
    registers,
    collect() {
      const { webSockets, eventStreams } = readGauges(app);
      this.set({ transport: 'websocket' }, webSockets);
      this.set({ transport: 'sse' }, eventStreams);
    },
  });
  new Gauge({
    name: 'codeinterview_subscriptions',
    help: 'Subscriptions that run over them',
    registers,
    collect() {
      this.set(readGauges(app).subscriptions);
    },
  });
  new Gauge({
    name: 'codeinterview_listeners',
    help: 'Listeners for the events of sessions',
    registers,
    collect() {
      this.set(readGauges(app).listeners);
    },
  });
  new Gauge({
    name: 'codeinterview_session_cache',
    help: 'Sessions in memory: how many, about how many bytes, and how many reads they spared the database or not',
    labelNames: ['value'],
    registers,
    collect() {
      for (const [value, count] of Object.entries(app.sessions.gauges)) this.set({ value }, count);
    },
  });
  const all = Registry.merge([own, processMetrics]);
  server.get('/metrics', { schema: { hide: true } }, async ({ caller }, reply) => {
    decideOutside(caller, 'READ_METRICS');
    return reply.type(all.contentType).send(await all.metrics());
  });
}
