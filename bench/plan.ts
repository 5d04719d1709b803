/** How much is measured. */
export interface Plan {
  /** How often each operation is measured; what is told is the median. */
  rounds: number;
  /** How long one load on one server lasts. */
  seconds: number;
  /** Sessions that joins fill, with ten seats each. */
  halls: number;
  /** How often each program is run; what is told is the median. */
  runs: number;
}

export const FULL: Plan = { rounds: 3, seconds: 0.8, halls: 40, runs: 5 };

/** Tells whether the benchmarks work, and little else. */
export const QUICK: Plan = { rounds: 1, seconds: 0.3, halls: 10, runs: 1 };
