import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { Constraint } from "../../../src/dist/Constraint.ts"
import { catalogue } from "../../../src/dist/catalogue.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import * as latent from "../../../src/index.ts"
import { Key } from "../../../src/tensor/random.ts"
import { compute, scalar } from "../../support/onCpu.ts"
import { eps, formNames, formsOf, stackOf, termsAt, tidied } from "./evaluate.ts"
import type { Reference } from "./fixture.ts"
import { given, type Row, type Setting, someSettings } from "./Row.ts"

const outsiders: Readonly<Partial<Record<Constraint, ReadonlyArray<number>>>> = {
  positive: [0, -0, -1],
  nonNegative: [-1e-9],
  probability: [0, 1, 1.5, -0.1],
  unitInterval: [-0.1, 1.1],
  integer: [0.5],
  natural: [-1, 0.5]
}

/** What holds of a distribution as a value: its shape, its copies, its draws' keys, its place in the catalogue. */
export const formLaws = <P extends Setting>(row: Row<P>, references: ReadonlyArray<Reference<P>>): void => {
  const [setting] = someSettings(row, 1) as [P]

  it("stands in the catalogue and in the library's public names, with what its distributions have", () => {
    expect(Object.keys(latent)).toContain(row.family)
    tidied(() => {
      const [one, example] = [row.make(given(setting)), catalogue[row.family].example()]
      for (const dist of [one, one.iid(2), example]) {
        expect(dist.family).toBe(row.family)
        expect([dist.support, dist.gradients, dist.constraints]).toEqual([
          example.support,
          example.gradients,
          example.constraints
        ])
        const forms = (each: object): ReadonlyArray<string> => formNames.filter((name) => name in each)
        expect(forms(dist)).toEqual(forms(example))
      }
      expect(Object.keys(one.constraints)).toEqual(expect.arrayContaining(Object.keys(setting)))
      expect(one.gradients.includes("enumerable")).toBe("supportValues" in one)
    })
  })

  it("has at least 20 settings in its fixture, of several points each", () => {
    expect(references.length).toBeGreaterThanOrEqual(20)
    for (const { points } of references) expect(points.length).toBeGreaterThan(1)
  })

  it("has independent copies whose log density is the sum, and whose draws are the copies' draws", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...references),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        ({ parameters, points }, n, m) => {
          const inside = points.filter(({ logDensity }) => Number.isFinite(logDensity))
          const xs = Array.from({ length: n * m }, (_, i) => inside[i % inside.length] as (typeof inside)[number])
          const actual = scalar(() => {
            const one = row.make(given(parameters))
            const many = one.iid(n).iid(m)
            expect(many.shape).toEqual([m, n, ...one.shape])
            return many.logProb(
              stackOf(
                one,
                xs.map(({ x }) => x)
              ).reshape([...many.shape])
            )
          })
          const size = xs.reduce((total, { x }) => total + termsAt(row, parameters, x), 0)
          expect(Math.abs(actual - xs.reduce((total, { logDensity }) => total + logDensity, 0))).toBeLessThanOrEqual(
            8 * eps * size
          )
          const draws = (count: number, copies: number): ArrayLike<number> =>
            compute(() => row.make(given(parameters)).iid(count).iid(copies).sample(Key.of(3))).values
          expect([...Array.from(draws(n, m))]).toEqual(Array.from(draws(n * m, 1)))
        }
      ),
      { seed: 1, numRuns: 25 }
    )
  })

  it("draws the same from the same key, and something else from another unless it is certain", () => {
    const draws = (key: Key) => compute(() => row.make(given(setting)).iid(60).sample(key)).values
    expect(draws(Key.of(1))).toEqual(draws(Key.of(1)))
    if (row.certain === true) expect(draws(Key.of(1))).toEqual(draws(Key.of(2)))
    else expect(draws(Key.of(1))).not.toEqual(draws(Key.of(2)))
  })

  it("gives a draw and its log density together as it gives them separately", () => {
    for (const setting of someSettings(row, 4)) {
      tidied(() => {
        const dist = row.make(given(setting)).iid(20)
        const { value, logProb } = dist.sampleAndLogProb(Key.of(4))
        expect(value.dataSync()).toEqual(dist.sample(Key.of(4)).dataSync())
        expect([value.shape, logProb.shape]).toEqual([[...dist.shape], []])
        const alone = dist.logProb(value).dataSync()[0] as number
        expect(Math.abs((logProb.dataSync()[0] as number) - alone)).toBeLessThanOrEqual(
          256 * eps * (1 + Math.abs(alone))
        )
      })
    }
  })

  it("refuses a value of another shape, and says both shapes", () => {
    tidied(() => {
      const dist = row.make(given(setting)).iid(3)
      const one = dist.shape.slice(1)
      for (const shape of [one, [...one, 1, 1, 1], [2, ...one], [3, 1, ...one]]) {
        const { cdf, logCdf, logSurvival, icdf, icdfOfLogs } = formsOf(dist)
        for (const method of [dist.logProb, cdf, logCdf, logSurvival, icdf])
          if (method !== undefined) expect(() => method(tf.zeros(shape))).toThrow(ShapeMismatch)
        if (icdfOfLogs !== undefined)
          expect(() => icdfOfLogs(tf.zeros([...dist.shape]), tf.zeros(shape))).toThrow(ShapeMismatch)
      }
      expect(() => dist.logProb(tf.zeros([2, ...one]))).toThrow(
        `${row.family}.logProb: expected shape [${dist.shape.join(", ")}], got [${[2, ...one].join(", ")}].`
      )
    })
  })

  it("refuses a number of copies that is not a whole number from 1", () => {
    tidied(() => {
      const dist = row.make(given(setting))
      for (const n of [0, -1, 1.5, Number.NaN]) expect(() => dist.iid(n)).toThrow(SupportViolation)
    })
  })

  it("refuses a number that violates its parameter's constraint, and names the parameter", () => {
    tidied(() => {
      for (const [name, constraint] of Object.entries(row.make(given(setting)).constraints)) {
        if (typeof setting[name] !== "number") continue
        const infinite = constraint === "extendedReal" ? [] : [Number.POSITIVE_INFINITY]
        for (const wrong of [Number.NaN, ...infinite, ...(outsiders[constraint] ?? [])]) {
          expect(() => row.make({ ...given(setting), [name]: wrong })).toThrow(`'${row.family}.${name}'`)
          expect(() => row.make({ ...given(setting), [name]: wrong })).toThrow(SupportViolation)
        }
      }
    })
  })

  it("holds no tensor before it is asked for something", () => {
    tidied(() => {
      const parameters = references.map(({ parameters }) => given(parameters))
      const before = tf.memory().numTensors
      for (const each of parameters) row.make(each).iid(2)
      expect(tf.memory().numTensors).toBe(before)
    })
  })
}
