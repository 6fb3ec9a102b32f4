import { readFileSync } from "node:fs"
import type { Point, Setting } from "./Row.ts"

/** What SciPy says of a family at one setting: see scripts/fixtures/dist. */
export interface Reference<P> {
  readonly parameters: P
  readonly points: ReadonlyArray<{ readonly x: Point; readonly logDensity: number; readonly cdf?: number }>
  readonly mean: Point
  readonly variance: Point
  readonly entropy?: number
}

export const fixtureOf = <P extends Setting>(family: string): ReadonlyArray<Reference<P>> => {
  const text = readFileSync(new URL(`../../fixtures/dist/${family}.json`, import.meta.url), "utf8")
  const { settings } = JSON.parse(text, (_, value) => numbers[value] ?? value) as {
    readonly settings: ReadonlyArray<Reference<P>>
  }
  return settings
}

/** JSON has no such numbers; the fixtures write them in words. */
const numbers: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY
}
