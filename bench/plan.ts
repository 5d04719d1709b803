/** How much is measured. */
export interface Plan {
  /** How often each operation is measured; what is told is the median. */
  rounds: number;
  /** How long one load on one server lasts. */
  seconds: number;
  /** How long people type into documents of one server. */
  typing: number;
  /** Sessions of the server that has many. */
  stored: number;
  /** Those of them that somebody follows. */
  live: number;
  /** How often each program is run; what is told is the median. */
  runs: number;
}

export const FULL: Plan = { rounds: 3, seconds: 0.8, typing: 5, stored: 10_000, live: 1_000, runs: 5 };

/** Tells whether the benchmarks work, and little else. */
export const QUICK: Plan = { rounds: 1, seconds: 0.3, typing: 1, stored: 1_000, live: 200, runs: 1 };
