import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Mixture } from "../../../src/dist/combine/Mixture.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { InverseGamma } from "../../../src/dist/InverseGamma.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { ShapeMismatch, SupportViolation } from "../../../src/Errors.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../../support/onCpu.ts"
import { bell, product, values } from "../laws/Domain.ts"
import { number, vector } from "../laws/Row.ts"
import { combinedLaws } from "./combinedLaws.ts"
import type { Lawful } from "./Lawful.ts"
import { pieces } from "./pieces.ts"

type Laplaces = { readonly logits: ReadonlyArray<number>; readonly locs: ReadonlyArray<number>; readonly scale: number }

/** Three of one family, with a cdf: implicit reparameterization. */
const laplaces: Lawful<Laplaces> = {
  make: ({ logits, locs, scale }) => Mixture({ logits }, Laplace(locs, scale)),
  settings: fc.record({ logits: vector(-1, 1, 3), locs: vector(-2, 2, 3), scale: number(0.3, 2) }),
  domain: ({ locs, scale }) => pieces(-Infinity, Infinity, locs, scale),
  terms: (x: number, { locs, scale }) => 8 + Math.max(...locs.map((loc) => Math.abs(x - loc))) / scale,
  outside: "every number is inside",
  kinks: ({ locs }) => locs
}

type Clouds = {
  readonly logits: ReadonlyArray<number>
  readonly locs: ReadonlyArray<ReadonlyArray<number>>
  readonly scale: number
}

/** Two clouds in the plane: whole vectors come from one component, and there is no path. */
const clouds: Lawful<Clouds> = {
  make: ({ logits, locs, scale }) => Mixture({ logits }, Normal(locs, scale)),
  settings: fc.record({
    logits: vector(-1, 1, 2),
    locs: fc.tuple(vector(-2, 2, 2), vector(-2, 2, 2)),
    scale: number(0.5, 2)
  }),
  domain: ({ scale }) => product([bell(0, scale), bell(0, scale)], 5),
  terms: (x: ReadonlyArray<number>, { locs, scale }) =>
    8 + locs.reduce((sum, loc) => sum + loc.reduce((s, each, i) => s + ((each - (x[i] ?? 0)) / scale) ** 2, 0), 0),
  outside: "every number is inside"
}

type Unlike = {
  readonly probs: ReadonlyArray<number>
  readonly loc: number
  readonly scale: number
  readonly rate: number
}

/** Families of unlike supports, one of which holds the other. */
const unlike: Lawful<Unlike> = {
  make: ({ probs, loc, scale, rate }) =>
    Mixture({ probs: Tensor.of([2], probs) }, [Laplace(loc, scale), Exponential(rate)]),
  settings: fc.record({
    probs: number(0.2, 0.8).map((p) => [p, 1 - p]),
    loc: number(-2, 2),
    scale: number(0.3, 2),
    rate: number(0.3, 2)
  }),
  domain: ({ loc, scale }) => pieces(-Infinity, Infinity, [0, loc], scale),
  terms: (x: number, { loc, scale, rate }) => 8 + Math.abs(x - loc) / scale + Math.abs(x) * rate,
  outside: "every number is inside",
  kinks: ({ loc }) => [0, loc]
}

type Labels = { readonly logits: ReadonlyArray<number>; readonly labels: ReadonlyArray<ReadonlyArray<number>> }

/** Masses of vectors. */
const labels: Lawful<Labels> = {
  make: ({ logits, labels }) => Mixture({ logits }, OneHotCategorical({ logits: labels })),
  settings: fc.record({ logits: vector(-1, 1, 2), labels: fc.tuple(vector(-1, 1, 3), vector(-1, 1, 3)) }),
  domain: () =>
    values([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1]
    ]),
  draws: 10_000,
  terms: () => 12,
  outside: "every number is inside"
}

useCpu()
combinedLaws("a mixture of three Laplace distributions", laplaces)
combinedLaws("a mixture of two clouds", clouds)
combinedLaws("a mixture of unlike families", unlike)
combinedLaws("a mixture of labels", labels)

describe("a mixture", () => {
  const pair = (): Tensor<readonly [2]> => Tensor.of([2], tf.tensor1d([0.25, 0.75]))

  it("offers a path for densities of a number with a cdf, and the score function where all components have it", () => {
    tf.tidy(() => {
      const one = Mixture({ probs: pair() }, Laplace(pair(), 1))
      expect(one.gradients).toEqual(["implicit", "score"])
      expect("cdf" in one.iid(3)).toBe(true)
      expect(Mixture({ probs: pair() }, Laplace(0, 1).iid(3).iid(2)).gradients).toEqual(["score"])
      expect(Mixture({ probs: pair() }, Bernoulli({ logits: pair() })).gradients).toEqual(["score"])
      expect(Mixture({ probs: pair() }, Bernoulli({ logits: pair(), soft: true })).gradients).toEqual([])
    })
  })

  it("is one event for a value of any shape, and copies of it are independent", () => {
    const rows = [
      [0, 1, 2],
      [-1, 0.5, 3]
    ]
    const together = scalar(() =>
      Mixture({ probs: pair() }, [Laplace(0, 1).iid(3), Laplace(1, 2).iid(3)])
        .iid(2)
        .logProb(tf.tensor2d(rows))
    )
    const density = (row: ReadonlyArray<number>, loc: number, scale: number): number =>
      row.reduce((product, x) => (product * Math.exp(-Math.abs(x - loc) / scale)) / (2 * scale), 1)
    const apart = rows.map((row) => Math.log(0.25 * density(row, 0, 1) + 0.75 * density(row, 1, 2)))
    expect(together).toBeCloseTo((apart[0] as number) + (apart[1] as number), 5)
  })

  it("is exact where components are far away: their log densities are added, not their densities", () => {
    const far = scalar(() => Mixture({ probs: pair() }, Normal(pair(), 0.01)).logProb(tf.scalar(50)))
    expect(far / (-0.5 * ((50 - 0.75) / 0.01) ** 2)).toBeCloseTo(1, 5)
  })

  it("refuses weights and components that do not go together", () => {
    tf.tidy(() => {
      const weights = { probs: pair() } as never
      expect(() => Mixture(weights, Laplace(0, 1).iid(3))).toThrow(ShapeMismatch)
      expect(() => Mixture(weights, [Laplace(0, 1), Laplace(0, 1).iid(2)] as never)).toThrow(ShapeMismatch)
      expect(() => Mixture(weights, [Laplace(0, 1), Bernoulli({ logits: 0 })] as never)).toThrow(SupportViolation)
      expect(() => Mixture(weights, OneHotCategorical({ logits: pair() }))).toThrow(
        "Components have a leading dimension"
      )
    })
  })

  it("as a guide is planned with implicit reparameterization, also where its parameters come from another draw", () => {
    const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() =>
      Mixture({ logits: param("logits", [2]) }, Laplace(param("locs", [2]), 1))
    )
    expect(guided.explain().sites[0]).toMatchObject({ gradient: "implicit" })
    expect(guided.explain().sites[0]?.because).toContain("implicit reparameterization")
  })

  it("has the mean and the variance that its components' have together", () => {
    const law = () => Mixture({ probs: pair() }, [Normal(-4, 1), Normal(4, 2)])
    expect(scalar(() => law().mean())).toBeCloseTo(2, 6)
    expect(scalar(() => law().variance())).toBeCloseTo(0.25 * (1 + 36) + 0.75 * (4 + 4), 4)
  })

  it("has an infinite variance where a component has, and no rounding of equal means in it", () => {
    const weights = () => ({ probs: Tensor.of([2], tf.tensor1d([0.3, 0.7])) })
    const heavy = scalar(() => Mixture(weights(), [InverseGamma(0.5, 1), InverseGamma(1, 2)]).variance())
    expect(heavy).toBe(Number.POSITIVE_INFINITY)
    const narrow = scalar(() => Mixture(weights(), [Normal(1e6, 1e-3), Normal(1e6, 1e-3)]).variance())
    expect(Math.abs(narrow / 1e-6 - 1)).toBeLessThan(1e-6)
  })
})
