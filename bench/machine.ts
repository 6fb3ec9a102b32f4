import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os"
import type { Result } from "./measure.ts"

export interface Machine {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly threads: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** processes that wanted a core in the minute before the benchmark began: above 0.5, times are not to be trusted */
  readonly load: number
  /** what took part, in one line */
  readonly versions: string
}

/** How busy the machine is with other work; 0 where the system does not tell. */
export const loadNow = (): number => loadavg()[0] ?? 0

export const machineOf = (threads: number, load: number, results: ReadonlyArray<Result>): Machine => {
  const versions = Object.assign({}, ...results.flatMap(({ measured }) => measured.map((each) => each.versions)))
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    threads: Math.min(threads, availableParallelism()),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    load,
    versions: Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")
  }
}
