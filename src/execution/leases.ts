import type { AppContext } from '../context.ts';
import { closeAbandoned } from './abandoned.ts';
import { LEASE_MS, leaseEnd } from './model.ts';

const RENEW_MS = 5_000;

/**
 * Closes what a server that died has left: all that has not ended where there is one server; where there are
 * several, now and from now on, what nobody has renewed, while it renews what is in flight here. The clocks
 * of the instances must agree to a few seconds. Answers a function that stops it.
 */
export async function keepLeases(app: AppContext): Promise<() => void> {
  if (!app.config.REDIS_URL) {
    await closeAbandoned(app, {});
    return () => {};
  }
  await closeAbandoned(app, { OR: [{ lease: null }, { lease: { until: { lt: new Date() } } }] });
  /** After an outage of the database the others get the time to renew what they could not. */
  let trustedFrom = 0;
  const look = async () => {
    await renew(app);
    if (Date.now() >= trustedFrom) await closeExpired(app);
  };
  const timer = setInterval(() => {
    look().catch((err: unknown) => {
      trustedFrom = Date.now() + LEASE_MS;
      app.log.warn({ err }, 'The leases of executions could not be renewed');
    });
  }, RENEW_MS);
  return () => clearInterval(timer);
}

async function closeExpired(app: AppContext): Promise<void> {
  const expired = await app.db.executionLease.findMany({ where: { until: { lt: new Date() } } });
  if (expired.length === 0) return;
  await closeAbandoned(app, { id: { in: expired.map(({ executionId }) => executionId) } });
}

/** Renews what is in flight here, and ends what another instance wants cancelled or has closed. */
async function renew({ db, executions }: AppContext): Promise<void> {
  const ids = executions.ids();
  if (ids.length === 0) return;
  const leases = await db.executionLease.updateManyAndReturn({
    where: { executionId: { in: ids } },
    data: { until: leaseEnd() },
    select: { executionId: true, cancelled: true },
  });
  const kept = new Set(leases.filter(({ cancelled }) => !cancelled).map(({ executionId }) => executionId));
  for (const id of ids) if (!kept.has(id)) executions.find(id)?.cancel('Cancelled');
}
