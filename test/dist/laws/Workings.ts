import { Key } from "../../../src/tensor/random.ts"
import { type Shape, sizeOf } from "../../../src/tensor/Tensor.ts"
import type { Values } from "../../../src/trace/Graph.ts"
import { compute } from "../../support/onCpu.ts"
import type { Domain } from "./Domain.ts"
import { densitiesAt } from "./evaluate.ts"
import { given, type Row, type Setting } from "./Row.ts"

/** What several laws read of a family at one setting, and what costs the most: it is worked out once for all of them. */
export interface Workings<P extends Setting> {
  readonly draws: (setting: P) => Draws
  readonly quadrature: (setting: P) => Quadrature
}

/** Independent draws of one event, one after the other. */
export interface Draws {
  readonly values: Values
  readonly shape: Shape
  /** how many numbers an event is of */
  readonly width: number
}

/** The domain of a setting, with the log density at each of its points and the probability that it gives to each. */
export interface Quadrature extends Domain {
  readonly logDensities: ReadonlyArray<number>
  readonly probabilities: ReadonlyArray<number>
}

/** How many draws laws judge. */
export const drawCount = <P extends Setting>({ draws = 5000 }: Row<P>): number => draws

export const workingsOf = <P extends Setting>(row: Row<P>): Workings<P> => ({
  draws: once((setting) => drawsOf(row, setting)),
  quadrature: once((setting) => quadratureOf(row, setting))
})

/** The domain of a setting, summed over: also for one that no other law asks for. */
export const quadratureOf = <P extends Setting>(row: Row<P>, setting: P): Quadrature => {
  const domain = row.domain(setting)
  const logDensities = densitiesAt(row, setting, domain.points)
  const probabilities = logDensities.map((log, i) => (log === -Infinity ? 0 : Math.exp(log) * (domain.weights[i] ?? 0)))
  return { ...domain, logDensities, probabilities }
}

const drawsOf = <P extends Setting>(row: Row<P>, setting: P): Draws => {
  const n = drawCount(row)
  const { values, shape } = compute(() => row.make(given(setting)).iid(n).sample(Key.of(1, "laws")))
  return { values, shape, width: sizeOf(shape) / n }
}

/** Settings are plain numbers, and the same ones where they are written the same. */
const once = <P extends Setting, A>(f: (setting: P) => A): ((setting: P) => A) => {
  const known = new Map<string, A>()
  return (setting) => {
    const name = JSON.stringify(setting)
    const found = known.get(name) ?? f(setting)
    known.set(name, found)
    return found
  }
}
