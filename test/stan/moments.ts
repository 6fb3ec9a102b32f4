import type { Draws } from "../../src/infer/fitted/posterior.ts"
import type { Fixture, Judged } from "./judged.ts"

export interface Compared {
  /** Stan's name of the number */
  readonly name: string
  /** the distances of mean and standard deviation from Stan's, in Monte Carlo errors of Stan's draws and ours together */
  readonly mean: number
  readonly sd: number
}

/** The draws of a number beside Stan's word on it. */
export interface Beside {
  readonly name: string
  readonly right: Fixture["posterior"]["moments"][string]
  readonly column: ReadonlyArray<number>
}

/** Number by number: our sites stand in the order of Stan's parameters. */
export const beside = (draws: Draws, parameters: Judged["parameters"], fixture: Fixture): ReadonlyArray<Beside> => {
  const columns = Object.keys(parameters).flatMap((site) => columnsOf(draws, site))
  const right = Object.entries(fixture.posterior.moments).toSorted(byRows)
  if (columns.length !== right.length) throw new RangeError(`${columns.length} numbers, but Stan has ${right.length}`)
  return right.map(([name, moments], i) => ({ name, right: moments, column: columns[i] ?? [] }))
}

/** Compares independent draws with Stan's. */
export const compared = (draws: Draws, parameters: Judged["parameters"], fixture: Fixture): ReadonlyArray<Compared> =>
  beside(draws, parameters, fixture).map(({ name, right: [mean, sd, errorOfMean, errorOfSd], column }) => {
    const n = column.length
    const own = average(column)
    const squares = column.map((x) => (x - own) ** 2)
    const ownSd = Math.sqrt(average(squares))
    const spread = Math.sqrt(average(squares.map((x) => (x - ownSd ** 2) ** 2)) / n) / (2 * ownSd)
    return {
      name,
      mean: (own - mean) / Math.hypot(errorOfMean, ownSd / Math.sqrt(n)),
      sd: (ownSd - sd) / Math.hypot(errorOfSd, spread)
    }
  })

/** Stan names `b[1,1]`, `b[2,1]` …, the first index first; the parameters themselves stay in their order. */
const byRows = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => {
  const [[first, ...i], [second, ...j]] = [a.split(/[[,\]]/), b.split(/[[,\]]/)] as const
  if (first !== second) return 0
  const k = i.findIndex((index, place) => index !== j[place])
  return k < 0 ? 0 : Number(i[k]) - Number(j[k])
}

export const average = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** The draws of each number of a site. */
const columnsOf = (draws: Draws, path: string): ReadonlyArray<ReadonlyArray<number>> => {
  const [first = "", ...rest] = path.split("/")
  const found = draws[first]
  if (found === undefined) throw new RangeError(`no draws of ${path}`)
  if (!isValues(found)) return columnsOf(found, rest.join("/"))
  const [n = 1] = found.shape
  const width = found.values.length / n
  return Array.from({ length: width }, (_, i) =>
    Array.from({ length: n }, (_, draw) => found.values[draw * width + i] ?? Number.NaN)
  )
}
const isValues = (draws: Draws[string]): draws is Extract<Draws[string], { readonly values: unknown }> =>
  ArrayBuffer.isView((draws as { readonly values?: unknown }).values)
