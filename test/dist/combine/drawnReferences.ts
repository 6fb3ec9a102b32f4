import { Key } from "../../../src/tensor/random.ts"
import { describeSetting, tidied } from "../laws/evaluate.ts"
import type { Reference } from "../laws/fixture.ts"
import { given, type Point, type Row, type Setting, someSettings } from "../laws/Row.ts"

/** Where a family has a fixture of settings and points, a distribution made of others is asked at draws of its own. */
export const drawnReferences = <P extends Setting>(row: Row<P>): ReadonlyArray<Reference<P>> =>
  tidied(() =>
    someSettings(row, 3).map((parameters) => {
      const dist = row.make(given(parameters))
      const points = Array.from({ length: 4 }, (_, seed) => {
        const value = dist.sample(Key.of(seed))
        const [logDensity = Number.NaN] = dist.logProb(value).dataSync()
        if (!Number.isFinite(logDensity)) throw new Error(`a draw without a density at ${describeSetting(parameters)}`)
        return { x: value.arraySync() as Point, logDensity }
      })
      const point = (x: { arraySync: () => unknown }): Point => x.arraySync() as Point
      return { parameters, points, mean: point(dist.mean()), variance: point(dist.variance()) }
    })
  )
