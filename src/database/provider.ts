import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Provider } from './url.ts';

/** How one kind of database is reached. */
export interface DatabaseDriver {
  readonly provider: Provider;
  readonly adapter: SqlMigrationAwareDriverAdapterFactory;
  /** Runs `work` while no other process does, however many start at once. */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>;
}
