import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { standardGamma } from "../../src/tensor/draws/gamma.ts"
import {
  fill,
  Key,
  type NoiseDistribution,
  normal,
  permutation,
  threefry2x32,
  uniform
} from "../../src/tensor/random.ts"
import { correlation, ksDistance, ksLimit, mean, normalCdf, variance } from "../support/goodnessOfFit.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()

const laws: ReadonlyArray<NoiseDistribution> = ["normal", "uniform"]
const drawn = (law: NoiseDistribution, length: number, key: Key): Float32Array => {
  const values = new Float32Array(length)
  fill(law, values, key)
  return values
}

describe("Threefry-2x32-20", () => {
  // The known-answer vectors (kat_vectors) of Random123, the authors' own implementation.
  it.each([
    ["zeros", [0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    ["ones", [0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    ["the digits of pi", [0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]]
  ] as const)("gives the published words for %s", (_, key, counter, words) => {
    expect(threefry2x32(key, counter)).toEqual(words)
  })
})

describe.each(laws)("%s numbers", (law) => {
  const n = 200_000
  const sample = drawn(law, n, Key.of(1, "moments"))
  const centre = law === "normal" ? 0 : 0.5
  const spread = law === "normal" ? 1 : 1 / 12
  /** E (x − μ)⁴ − σ⁴, the variance of a squared deviation: 3 − 1, and 1/80 − 1/144. */
  const ofSquares = law === "normal" ? 2 : 1 / 80 - 1 / 144

  it("have the law's mean and variance, within 4 standard errors", () => {
    expect(Math.abs(mean(sample) - centre)).toBeLessThan(4 * Math.sqrt(spread / n))
    expect(Math.abs(variance(sample) - spread)).toBeLessThan(4 * Math.sqrt(ofSquares / n))
  })

  it("are distributed by the law (Kolmogorov–Smirnov, p > 0.001), as are those in even and odd places", () => {
    const cdf = law === "normal" ? normalCdf : (x: number) => x
    for (const part of [sample, sample.filter((_, i) => i % 2 === 0), sample.filter((_, i) => i % 2 === 1)]) {
      expect(ksDistance(part, cdf)).toBeLessThan(ksLimit)
    }
  })

  it("are finite", () => {
    expect(sample.every(Number.isFinite)).toBe(true)
  })

  it("are the same for the same key", () => {
    const key = Key.of(7, "again")
    expect(drawn(law, 64, key)).toEqual(drawn(law, 64, { ...key }))
  })

  it("that differ in one part of their key are uncorrelated, neighbours in one stream too", () => {
    const key = { ...Key.of(3, "z"), step: 5 }
    const size = 20_000
    const from = (changed: Partial<Key>): Float32Array => drawn(law, size, { ...key, ...changed })
    const others: Readonly<Record<string, Float32Array>> = {
      "next seed": from({ seed: 4 }),
      "a seed that differs in its high bits": from({ seed: 3 + 2 ** 32 }),
      "a negative seed": from({ seed: -3 }),
      "another site": from({ site: "y" }),
      "a site with the same letters": from({ site: "zz" }),
      "next step": from({ step: 6 }),
      "next lane": from({ lane: 1 })
    }
    const base = from({})
    // the correlation of independent samples has standard error 1/√n
    for (const [name, other] of Object.entries(others)) {
      expect(Math.abs(correlation(base, other)), name).toBeLessThan(4 / Math.sqrt(size))
    }
    for (const lag of [1, 2, 3]) {
      expect(Math.abs(correlation(base.slice(lag), base.slice(0, -lag))), `lag ${lag}`).toBeLessThan(
        4 / Math.sqrt(size - lag)
      )
    }
  })

  it("of lane i are row i of the whole draw", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.maxSafeInteger(),
        fc.string(),
        fc.nat(),
        (rows, size, seed, site, step) => {
          const key = { seed, site, step, lane: 0 }
          const whole = drawn(law, rows * size, key)
          for (let lane = 0; lane < rows; lane++) {
            expect(drawn(law, size, { ...key, lane })).toEqual(whole.slice(lane * size, (lane + 1) * size))
          }
        }
      ),
      { seed: 1 }
    )
  })

  it("do not come round again after 2³² of them", () => {
    const size = 1024
    const key = Key.of(1, "long")
    expect(drawn(law, size, { ...key, lane: 2 ** 32 / size })).not.toEqual(drawn(law, size, key))
  })

  it("make a tensor of the shape that was asked for, on a numeric backend", () => {
    const draw = law === "normal" ? normal : uniform
    const key = Key.of(2, "t")
    expect(compute(() => draw(key, [2, 3]))).toEqual({ values: drawn(law, 6, key), shape: [2, 3], dtype: "float32" })
    expect(compute(() => draw(key, []))).toMatchObject({ shape: [] })
  })
})

it("normal and uniform numbers of one key are independent, as a sampler that draws both needs", () => {
  const n = 20_000
  for (let shift = -2; shift <= 2; shift++) {
    const [normals, uniforms] = [
      drawn("normal", 2 * n, Key.of(1, "both")),
      drawn("uniform", 2 * n + 8, Key.of(1, "both"))
    ]
    const sizes = Float32Array.from(
      { length: n },
      (_, i) => (normals[2 * i] ?? 0) ** 2 + (normals[2 * i + 1] ?? 0) ** 2
    )
    const logs = sizes.map((_, i) => Math.log(uniforms[2 * i + 2 + shift] ?? 0.5))
    expect(Math.abs(correlation(sizes, logs))).toBeLessThan(4 / Math.sqrt(n))
  }
})

it("gamma numbers have their mean in each row of a draw, within 4.5 standard errors", () => {
  const [steps, rows] = [6000, 4]
  const sums = Array.from({ length: rows }, () => 0)
  for (let step = 0; step < steps; step++) {
    const { values } = compute(() => standardGamma({ ...Key.of(1, "rate"), step }, 1, [rows]))
    for (let row = 0; row < rows; row++) sums[row] = (sums[row] ?? 0) + (values[row] ?? Number.NaN)
  }
  for (const sum of sums) expect(Math.abs(sum / steps - 1)).toBeLessThan(4.5 / Math.sqrt(steps))
})

it("uniform numbers are centres of cells of width 2⁻²³, so that none is ever 0 or 1", () => {
  const sample = drawn("uniform", 200_000, Key.of(1, "cells"))
  expect(sample.every((x) => (x * 2 ** 24) % 2 === 1 && x > 0 && x < 1)).toBe(true)
})

describe("a permutation", () => {
  it("holds each number once, and is the same for the same key", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.maxSafeInteger(), fc.nat(), (n, seed, step) => {
        const key = { ...Key.of(seed, "rows"), step }
        const order = permutation(n, key)
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
        expect(permutation(n, key)).toEqual(order)
      }),
      { seed: 1 }
    )
  })

  it("is the one that earlier versions made: a checkpoint goes on in the order in which its epoch began", () => {
    const order = permutation(12, { ...Key.of(3, "rows"), step: 2 })
    expect([...order]).toEqual([1, 7, 8, 10, 3, 0, 4, 6, 11, 5, 2, 9])
  })

  it("of four rows comes out in each of its 24 orders equally often (χ², p > 0.001)", () => {
    const draws = 24_000
    const counts = new Map<string, number>()
    for (let step = 0; step < draws; step++) {
      const order = permutation(4, { ...Key.of(1, "rows"), step }).join("")
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    const expected = draws / 24
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(24)
    expect(chi2).toBeLessThan(49.7) // the 0.999 quantile of χ² with 23 degrees of freedom
  })

  it("differs between seeds, sites and steps, also between seeds that differ in their high bits alone", () => {
    const key = Key.of(1, "rows")
    const others = [
      { ...key, seed: 2 },
      { ...key, seed: 1 + 2 ** 32 },
      { ...key, site: "other" },
      { ...key, step: 1 }
    ]
    for (const other of others) expect(permutation(50, other)).not.toEqual(permutation(50, key))
  })
})

it("drawing leaves no tensor but the result", () => {
  const before = tf.memory().numTensors
  normal(Key.of(0), [5]).dispose()
  expect(tf.memory().numTensors).toBe(before)
})
