import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Dist } from "../../src/dist/Dist.ts"
import { Multinomial } from "../../src/dist/Multinomial.ts"
import { ShapeMismatch } from "../../src/Errors.ts"
import * as latent from "../../src/index.ts"
import { Key } from "../../src/tensor/random.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../support/onCpu.ts"
import { formsOf, tidied } from "./laws/evaluate.ts"
import { close, closeAll, gradient, inf, shares, slopes, sum, vector, weights, xlogy } from "./zeros.ts"

const { Categorical, OneHotCategorical, crossEntropy, klDivergence, renyiDivergence } = latent

useCpu()

describe("laws of labels with probabilities that are 0", () => {
  const laws = { Categorical, OneHotCategorical } as const
  const at = {
    Categorical: (i: number) => tf.scalar(i),
    OneHotCategorical: (i: number) => tf.oneHot(tf.scalar(i, "int32"), 4).toFloat()
  } as const
  const names = ["Categorical", "OneHotCategorical"] as const
  const makes = {
    probs: (name: (typeof names)[number], p: ReadonlyArray<number>) => laws[name]({ probs: vector(p) }),
    logits: (name: (typeof names)[number], p: ReadonlyArray<number>) =>
      laws[name]({ logits: vector(p.map((x) => Math.log(x) + 3)) })
  } as const

  it.each(names)("%s has the log masses, the entropy and the divergences of enumeration", (name) => {
    fc.assert(
      fc.property(
        weights,
        weights,
        fc.constantFrom("probs", "logits"),
        fc.constantFrom(0.3, 0.5, 0.8, 2, 3),
        (p, r, way, alpha) => {
          const make = (w: ReadonlyArray<number>): Dist => makes[way as "probs"](name, w)
          p.forEach((mass, i) => {
            close(
              scalar(() => make(p).logProb(at[name](i))),
              Math.log(mass)
            )
          })
          close(
            scalar(() => formsOf(make(p)).entropy?.() ?? tf.scalar(Number.NaN)),
            -sum(p.map((x) => xlogy(x, x)))
          )
          const kl = sum(p.map((x, i) => (x === 0 ? 0 : x * Math.log(x / (r[i] ?? 0)))))
          const divergence = (f: (q: Dist, p: Dist) => tf.Tensor): number => scalar(() => f(make(p), make(r)))
          close(
            divergence((a, b) =>
              klDivergence(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>)
            ),
            kl
          )
          close(
            divergence((a, b) =>
              crossEntropy(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>)
            ),
            -sum(p.map((x, i) => xlogy(x, r[i] ?? 0)))
          )
          const powers = p.map((x, i) =>
            x === 0 ? 0 : (r[i] ?? 0) === 0 ? (alpha < 1 ? 0 : inf) : x ** alpha * (r[i] ?? 0) ** (1 - alpha)
          )
          close(
            divergence((a, b) =>
              renyiDivergence(a as ReturnType<typeof Categorical>, b as ReturnType<typeof Categorical>, alpha)
            ),
            Math.log(sum(powers)) / (alpha - 1),
            1e-5
          )
        }
      ),
      { seed: 3, numRuns: 60 }
    )
  })

  it.each(names)("%s has the gradients of finite differences by its probabilities, at 0 too", (name) => {
    fc.assert(
      fc.property(weights, weights, fc.nat(3), (p, r, label) => {
        const x = p[label] === 0 ? p.findIndex((mass) => mass > 0) : label
        const logMass = gradient(
          (probs) => laws[name]({ probs: probs as Tensor<readonly [number]> }).logProb(at[name](x)),
          () => vector(p)
        )
        closeAll(
          logMass,
          slopes((w) => Math.log((w[x] as number) / sum(w)), p),
          1e-3
        )
        const mean = gradient(
          (probs) =>
            laws[name]({ probs: probs as Tensor<readonly [number]> })
              .mean()
              .mul(name === "Categorical" ? 1 : tf.tensor1d([0, 1, 2, 3])),
          () => vector(p)
        )
        closeAll(
          mean,
          slopes((w) => sum(shares(w).map((share, i) => i * share)), p),
          1e-3
        )
        // what q cannot give, p may not be able to give either: KL is smooth in p there
        const both = r.map((mass, i) => (p[i] === 0 ? 0 : mass + 0.1))
        const byP = gradient(
          (probs) =>
            klDivergence(Categorical({ probs: vector(p) }), Categorical({ probs: probs as Tensor<readonly [number]> })),
          () => vector(shares(both))
        )
        closeAll(
          byP,
          slopes(
            (w) => sum(p.map((mass, i) => (mass === 0 ? 0 : mass * Math.log(mass / (shares(w)[i] as number))))),
            shares(both)
          ),
          2e-3
        )
      }),
      { seed: 4, numRuns: 40 }
    )
  })

  it("Multinomial has the log masses of enumeration, its moments, its draws and its gradients", () => {
    fc.assert(
      fc.property(weights, (p) => {
        tidied(() => {
          const votes = Multinomial(3, { probs: vector(p) })
          const values = votes.supportValues().arraySync() as ReadonlyArray<ReadonlyArray<number>>
          const masses = values.map((x) => Math.exp(votes.logProb(tf.tensor1d([...x])).dataSync()[0] as number))
          const factorial = [1, 1, 2, 6] as const
          closeAll(
            masses,
            values.map((x) => 6 * x.reduce((m, n, i) => (m * (p[i] as number) ** n) / (factorial[n as 0] ?? 1), 1))
          )
          closeAll(
            [...votes.mean().dataSync()],
            p.map((x) => 3 * x)
          )
          closeAll(
            [...votes.variance().dataSync()],
            p.map((x) => 3 * x * (1 - x))
          )
          const draws = votes.iid(50).sample(Key.of(1))
          expect(scalar(() => votes.iid(50).logProb(draws))).toBeGreaterThan(-inf)
          const x = values[masses.findIndex((mass) => mass > 0)] ?? []
          const g = gradient(
            (probs) => Multinomial(3, { probs: probs as Tensor<readonly [number]> }).logProb(tf.tensor1d([...x])),
            () => vector(p)
          )
          closeAll(
            g,
            slopes((w) => sum(x.map((n, i) => xlogy(n, (w[i] as number) / sum(w)))), p),
            1e-3
          )
        })
      }),
      { seed: 5, numRuns: 25 }
    )
  })

  it("never draw what cannot come up", () => {
    for (const way of [makes.probs, makes.logits])
      for (const name of names) {
        const draws = tidied(() => [...way(name, [0.5, 0, 0.5, 0]).iid(200).sample(Key.of(2)).dataSync()])
        if (name === "Categorical") expect(new Set(draws)).toEqual(new Set([0, 2]))
        else expect(draws.filter((bit, i) => bit === 1 && i % 2 === 1)).toEqual([])
      }
  })

  it("of different numbers of labels are refused", () => {
    tidied(() => {
      const label = (...p: ReadonlyArray<number>) => Categorical({ probs: vector(p) })
      for (const [q, p] of [
        [label(0.2, 0.3, 0.5), label(1)],
        [label(1), label(0.2, 0.3, 0.5)],
        [label(0.5, 0.5), label(0.2, 0.3, 0.5)]
      ] as const) {
        expect(() => klDivergence(q, p)).toThrow(ShapeMismatch)
        expect(() => crossEntropy(q, p)).toThrow(ShapeMismatch)
        expect(() => renyiDivergence(q, p, 2)).toThrow(ShapeMismatch)
        expect(() => renyiDivergence(q, p, 0.3)).toThrow(ShapeMismatch)
      }
    })
  })
})
