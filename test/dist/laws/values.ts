import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { compute, scalar } from "../../support/onCpu.ts"
import { densitiesAt, describeSetting, eps, formsOf, stackOf, termsAt, tidied } from "./evaluate.ts"
import type { Reference } from "./fixture.ts"
import { flat, given, type Point, type Row, repeated, repeats, type Setting, someSettings } from "./Row.ts"
import type { Workings } from "./Workings.ts"

/** What holds of the numbers that a distribution gives: against SciPy, and against each other. */
export const valueLaws = <P extends Setting>(
  row: Row<P>,
  references: ReadonlyArray<Reference<P>>,
  { quadrature }: Workings<P>
): void => {
  it("has the log densities that SciPy gives, finite where they are, from parameters as they are written", () => {
    for (const { parameters, points } of references) {
      const xs = points.map(({ x }) => x)
      const actual = densitiesAt(row, parameters, xs)
      for (const [i, { x, logDensity }] of points.entries()) {
        const what = `${describeSetting(parameters)} at ${x}`
        near(actual[i] ?? Number.NaN, logDensity, 8 * termsAt(row, parameters, x), what)
      }
    }
  })

  it("has the same log densities, summed, from parameters as tensors", () => {
    for (const { parameters, points } of references) {
      const inside = points.filter(({ logDensity }) => Number.isFinite(logDensity))
      const sum = inside.reduce((total, { logDensity }) => total + logDensity, 0)
      const size = inside.reduce((total, { x }) => total + termsAt(row, parameters, x), 0)
      const actual = scalar(() => {
        const one = row.make(repeated(row, parameters, []))
        const many = repeats(row, parameters, one)
          ? row.make(repeated(row, parameters, [inside.length]))
          : one.iid(inside.length)
        const numbers = inside.flatMap(({ x }) => flat(x))
        return many.logProb(tf.tensor(numbers, [...many.shape]))
      })
      near(actual, sum, 8 * size, describeSetting(parameters))
    }
  })

  it("has SciPy's mean and variance, in the distribution's shape", () => {
    for (const reference of references) {
      for (const moment of ["mean", "variance"] as const) {
        const expected = flat(reference[moment])
        for (const [copies, make] of layouts(row, reference.parameters)) {
          const actual = compute(() => make()[moment]())
          expect(actual.shape).toEqual(compute(() => tf.zeros([...make().shape])).shape)
          expect(actual.values.length).toBe(copies * expected.length)
          const size = row.sizes?.[moment]?.(reference.parameters) ?? 0
          actual.values.forEach((value, i) => {
            const exact = expected[i % expected.length] as number
            // exp and expm1 of an argument near 10 are the least exact: their error is the argument's
            near(
              value,
              exact,
              32 * Math.max(Math.abs(exact), size),
              `${moment} at ${describeSetting(reference.parameters)}`
            )
          })
        }
      }
    }
  })

  it("has SciPy's entropy and cdf where it has these in closed form", () => {
    for (const { parameters, points, entropy } of references) {
      const has = (name: "entropy" | "cdf"): boolean => tidied(() => name in row.make(given(parameters)))
      if (has("entropy")) {
        const actual = scalar(() => formsOf(row.make(given(parameters)).iid(3)).entropy?.() ?? missing())
        const size = Math.max(1, row.sizes?.entropy?.(parameters) ?? 0)
        const exact = entropy ?? missing()
        near(actual, 3 * exact, 3 * 32 * Math.max(size, Math.abs(exact)), `entropy at ${describeSetting(parameters)}`)
      }
      if (!has("cdf")) continue
      const xs = points.map(({ x }) => x)
      const actual = compute(() => {
        const many = row.make(given(parameters)).iid(points.length)
        return formsOf(many).cdf?.(stackOf(row.make(given(parameters)), xs)) ?? missing()
      }).values
      for (const [i, { x, cdf = missing() }] of points.entries()) {
        const size = row.sizes?.cdf?.(Number(x), parameters) ?? termsAt(row, parameters, x)
        near(actual[i] ?? Number.NaN, cdf, 8 * cdf * size, `cdf at ${describeSetting(parameters)} at ${x}`)
      }
    }
  })

  it("has logarithms of both tails that agree with SciPy's cdf", () => {
    for (const { parameters, points } of references) {
      const xs = points.map(({ x }) => x)
      const tail = (name: "logCdf" | "logSurvival"): ReadonlyArray<number> | undefined =>
        tidied(() => {
          const form = formsOf(row.make(given(parameters)).iid(points.length))[name]
          return form && [...form(stackOf(row.make(given(parameters)), xs)).dataSync()]
        })
      const [left, right] = [tail("logCdf"), tail("logSurvival")]
      if (left === undefined || right === undefined) continue
      for (const [i, { x, cdf = missing() }] of points.entries()) {
        const size = 8 * (row.sizes?.cdf?.(Number(x), parameters) ?? termsAt(row, parameters, x)) + 8
        const what = `at ${describeSetting(parameters)} at ${x}`
        // float64 has 1 − cdf to some digits
        if (cdf > 0) near(left[i] ?? Number.NaN, Math.log(cdf), size, `logCdf ${what}`)
        if (cdf < 0.999)
          near(right[i] ?? Number.NaN, Math.log1p(-cdf), size * (1 + cdf / (1 - cdf)), `logSurvival ${what}`)
      }
    }
  })

  it("has cdf 0 and 1 at and beyond the infinities and the ends of its support", () => {
    for (const setting of someSettings(row, 2)) {
      const beyond = typeof row.outside === "string" ? [] : row.outside(setting)
      const below = beyond.filter((x) => typeof x === "number" && x < 0)
      const xs = [-Infinity, ...below, Infinity].map(Number)
      tidied(() => {
        const dist = row.make(given(setting)).iid(xs.length)
        const forms = formsOf(dist)
        if (forms.cdf === undefined) return
        const least = xs.map((x) => x < 0)
        const expected = {
          cdf: least.map((is) => (is ? 0 : 1)),
          logCdf: least.map((is) => (is ? -Infinity : 0)),
          logSurvival: least.map((is) => (is ? 0 : -Infinity))
        }
        for (const name of ["cdf", "logCdf", "logSurvival"] as const) {
          const form = forms[name] ?? missing()
          const x = tf.tensor1d(xs)
          if (!endless.includes(dist.support))
            expect(
              [...form(x).dataSync()].map((y) => y + 0),
              `${name} at ${xs}`
            ).toEqual(expected[name])
          else
            expect(Array.from(form(x).dataSync()).filter((_, i) => !Number.isFinite(xs[i]))).toEqual(
              expected[name].filter((_, i) => !Number.isFinite(xs[i]))
            )
        }
      })
    }
  })

  it("has quantiles of logarithms of which both tails give these back, far beyond what a probability can say", () => {
    const logs = [-300, -100, -40, -9, -1.2, -0.2].map(Math.fround)
    for (const setting of someSettings(row, 4)) {
      for (const upper of [false, true]) {
        tidied(() => {
          const dist = row.make(given(setting)).iid(logs.length)
          const { icdfOfLogs, logCdf, logSurvival } = formsOf(dist)
          if (icdfOfLogs === undefined || logCdf === undefined || logSurvival === undefined) return
          const [own, other] = [tf.tensor1d(logs), tf.tensor1d(logs.map((log) => Math.log(-Math.expm1(log))))]
          const x = upper ? icdfOfLogs(other, own) : icdfOfLogs(own, other)
          const xs = [...x.dataSync()]
          const back = (upper ? logSurvival : logCdf)(x).dataSync()
          const densities = densitiesAt(row, setting, xs)
          logs.forEach((log, i) => {
            const at = xs[i] as number
            // a quantile is rounded to float32, and the tail moves with its hazard there; where it rounds to an end there is nothing to give back
            const hazard = Math.exp((densities[i] as number) - log)
            const grain = hazard * (Math.abs(at) + moved(setting))
            if (dist.support === "interval" && at === xs[0]) return
            if (!Number.isFinite(grain) || Math.abs(at) > 1e30 || Math.abs(at) < 1e-36 || grain > 1e5) return
            near(
              back[i] as number,
              log,
              32 * (1 - log + grain),
              `${describeSetting(setting)} at ${upper ? "1 − " : ""}e^${log}`
            )
          })
        })
      }
    }
  })

  it("has a density that integrates to 1", () => {
    for (const setting of someSettings(row, 6)) {
      const total = quadrature(setting).probabilities.reduce((sum, p) => sum + p, 0)
      // each float32 log density, of terms of size 10 here, is off by up to 1e-5, and a kink costs the trapezoid rule as much
      expect(Math.abs(total - 1), describeSetting(setting)).toBeLessThan(1e-4)
    }
  })

  it("lists values whose masses add up to 1, where it lists them", () => {
    for (const setting of someSettings(row, 6)) {
      const total = tidied(() => {
        const dist = row.make(given(setting))
        const listed = formsOf(dist).supportValues?.()
        return listed === undefined ? undefined : tf.sum(tf.exp(dist.logDensity(listed))).dataSync()[0]
      })
      if (total !== undefined) expect(Math.abs(total - 1), describeSetting(setting)).toBeLessThan(1e-4)
    }
  })

  it("has log density −∞ outside of its support", () => {
    if (typeof row.outside === "string") {
      expect(["every number is inside", "not masked yet"]).toContain(row.outside)
      return
    }
    for (const setting of [...someSettings(row, 4), ...references.map(({ parameters }) => parameters)]) {
      const points: ReadonlyArray<Point> = row.outside(setting)
      expect(points.length).toBeGreaterThan(0)
      expect(densitiesAt(row, setting, points), describeSetting(setting)).toEqual(points.map(() => -Infinity))
    }
  })

  it("has quantiles of which the cdf gives back the probability, from the far left to the far right", () => {
    const us = [1e-12, 1e-6, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 2 ** -20].map(Math.fround)
    for (const setting of someSettings(row, 6)) {
      tidied(() => {
        const dist = row.make(given(setting)).iid(us.length)
        const { cdf, icdf } = formsOf(dist)
        if (cdf === undefined || icdf === undefined) return
        const x = icdf(tf.tensor1d(us))
        const back = cdf(x).dataSync()
        const densities = densitiesAt(row, setting, [...x.dataSync()]).map(Math.exp)
        us.forEach((u, i) => {
          // a quantile is rounded to float32, and the probability moves with the density there
          const grain = (densities[i] as number) * (1 + Math.abs(x.dataSync()[i] as number))
          near(back[i] as number, u, 16 * (u + grain), `${describeSetting(setting)} at ${u}`)
        })
      })
    }
  })

  it("has a mode of a density not below that of any other point", () => {
    for (const setting of someSettings(row, 6)) {
      const mode = tidied(() => {
        const at = formsOf(row.make(given(setting))).mode?.()
        return at === undefined ? undefined : [...at.dataSync()]
      })
      if (mode === undefined) continue
      const [top = Number.NaN] = densitiesAt(row, setting, [mode])
      const most = quadrature(setting).logDensities.reduce((a, b) => Math.max(a, b), -Infinity)
      expect(most, describeSetting(setting)).toBeLessThanOrEqual(top + 64 * eps * (1 + Math.abs(top)))
    }
  })
}

/** The same distribution once, as three from tensors (numbers only), and as two copies. */
const layouts = <P extends Setting>(row: Row<P>, setting: P): ReadonlyArray<readonly [number, () => Dist]> => {
  const one = (): Dist => row.make(given(setting))
  const numbers = tidied(() => repeats(row, setting, one()))
  const three = (): Dist => row.make(repeated(row, setting, [3]))
  return [[1, one], [2, () => one().iid(2)], ...(numbers ? [[3, three] as const] : [])]
}

/** `actual` is `expected` up to `size` half units of float32; infinities and NaN must agree. */
const near = (actual: number, expected: number, size: number, what: string): void => {
  // float32 has no numbers below 1e-38 in full precision, and none above 3.4e38
  const error = Object.is(actual, expected) ? 0 : Math.abs(actual - expected)
  const allowed = Number.isFinite(expected) ? eps * size + 1e-37 : 0
  expect(error, `${what}: ${actual}, not ${expected}`).toBeLessThanOrEqual(allowed)
}

/** Supports whose ends are parameters. */
const endless: ReadonlyArray<string> = ["interval", "integerInterval"]

/** The sizes of the parameters, to which quantiles are rounded. */
const moved = (setting: Setting): number =>
  Object.values(setting).reduce<number>((sum, each) => sum + (typeof each === "number" ? Math.abs(each) : 0), 0)

const missing = (): never => {
  throw new Error("the fixture or the family lacks a closed form that the other has")
}
