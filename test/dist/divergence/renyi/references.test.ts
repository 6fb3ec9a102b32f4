import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { closedKl } from "../../../../src/dist/divergence/kl.ts"
import { renyiTable } from "../../../../src/dist/divergence/renyi/table.ts"
import { closedRenyi } from "../../../../src/dist/divergence/renyi.ts"
import { scalar, useCpu } from "../../../support/onCpu.ts"
import { type Given, made, references, sizeOf } from "./families.ts"

useCpu()

const missing = (): never => {
  throw new Error("there is no closed form")
}
const divergence = (family: string, q: Given, p: Given, alpha: number): number =>
  scalar(() => {
    const make = made[family] ?? missing()
    return closedRenyi(make(q), make(p), alpha) ?? missing()
  })

/** Covariances are compared as matrices whose entries are rounded: an error of the size of the terms, not of the divergence. */
const ofMatrices = new Set(["MultivariateNormal", "Wishart"])

/**
 * Half units of float32: some of the divergence, and some of its root times the parameters, by which it moves where they are rounded. The
 * second is small where q is near p.
 */
const rounding = (family: string, d: number, q: Given, p: Given): number =>
  2 ** -24 * (8 * d + 8 * sizeOf(q, p) * Math.sqrt(d) + (ofMatrices.has(family) ? 4 * sizeOf(q, p) : 0))

const all = Object.entries(references)

describe.each(all)("Rényi's divergence of two %s laws", (family, rows) => {
  it("is what its integral is, for orders from 0.001 to 5, and infinite where that is", () => {
    expect(rows.length).toBeGreaterThanOrEqual(18)
    for (const { q, p, alpha, divergence: expected } of rows) {
      const actual = divergence(family, q, p, alpha)
      const row = `α = ${alpha}, ${JSON.stringify([q, p])}: ${actual}`
      if (expected === "inf") expect(actual, row).toBe(Infinity)
      else expect(Math.abs(actual - expected), row).toBeLessThanOrEqual(rounding(family, expected, q, p))
    }
  })

  it("is 0 between a law and itself", () => {
    for (const { q } of rows.filter(({ alpha }) => alpha === 0.5))
      for (const alpha of [0.001, 0.5, 0.999999, 1, 1.000001, 5])
        expect(Math.abs(divergence(family, q, q, alpha))).toBeLessThanOrEqual(ofMatrices.has(family) ? 1e-6 : 1e-12)
  })

  it("tends to the KL divergence at order 1, which it is there", () => {
    for (const { q, p } of rows.filter(({ alpha }) => alpha === 0.5)) {
      const kl = scalar(() => {
        const make = made[family] ?? missing()
        return closedKl(make(q), make(p)) ?? missing()
      })
      expect(divergence(family, q, p, 1)).toBe(kl)
      for (const alpha of [1 - 1e-7, 1 + 1e-7]) {
        const near = divergence(family, q, p, alpha)
        // what the KL table itself is off by where its terms cancel, and what the order adds: its slope is half the variance of log q/p
        const error = 2 ** -24 * (16 * kl + 32 * sizeOf(q, p)) + 1e-7 * (1 + kl) ** 2
        expect(Math.abs(near - kl), `${JSON.stringify([q, p])}: ${near} and ${kl}`).toBeLessThanOrEqual(error)
      }
    }
  })

  it("does not decrease with its order", () => {
    for (const { q, p } of rows.filter(({ alpha }) => alpha === 0.5)) {
      const values = [0.01, 0.2, 0.49, 0.5, 0.75, 0.99, 1.01, 1.1, 1.5, 3].map((alpha) =>
        divergence(family, q, p, alpha)
      )
      values.slice(1).forEach((value, i) => {
        const before = values[i] ?? Number.NaN
        if (before !== Infinity) expect(value - before).toBeGreaterThanOrEqual(-2 * rounding(family, before, q, p))
        else expect(value).toBe(Infinity)
      })
    }
  })

  it("is α/(1 − α) times that of p from q of order 1 − α, by a sum of other numbers", () => {
    const form = renyiTable[`${family}‖${family}` as keyof typeof renyiTable]
    for (const { q, p } of rows.filter(({ alpha }) => alpha === 0.5)) {
      const make = made[family] ?? missing()
      const [here, there] = [0.7, 0.3].map((alpha, i) =>
        scalar(() => {
          const [a, b] = [make(q).parameters(), make(p).parameters()]
          return tf.sum((i === 0 ? form(a, b, alpha) : form(b, a, alpha)) ?? missing())
        })
      )
      expect(Math.abs((here ?? 0) - (0.7 / 0.3) * (there ?? 1))).toBeLessThanOrEqual(
        4 * rounding(family, here ?? 0, q, p)
      )
    }
  })
})
