import type { Work } from "../workloads.ts"

/** A prepared workload: `run` runs at least so many steps and returns each one's loss. */
export interface Prepared {
  readonly run: (steps: number) => Promise<ReadonlyArray<number>>
  readonly detail?: () => string
  /** one whole epoch, from its beginning: its steps, what it took, and what of it was inside the engine */
  readonly epoch?: () => Promise<{ readonly steps: number; readonly ms: number; readonly insideMs: number }>
  readonly versions: Readonly<Record<string, string>>
}

/** Reads the data, and returns what is then timed: building, compiling, the first step. */
export type Prepare = (work: Work) => Promise<() => Promise<Prepared>>
