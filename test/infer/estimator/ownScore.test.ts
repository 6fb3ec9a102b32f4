import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Geometric } from "../../../src/dist/Geometric.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { Weibull } from "../../../src/dist/Weibull.ts"
import { disarm } from "../../../src/infer/estimator/disarm.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { measureValued } from "../../../src/infer/estimator/measureValued.ts"
import { nvil } from "../../../src/infer/estimator/nvil.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import type { FitOptions } from "../../../src/infer/fit/options.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import type { TermsObjective } from "../../../src/infer/objective/Objective.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { exp } from "../../../src/tensor/ops/ofOne.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { onnx, run } from "../harness.ts"
import { estimates, isUnbiased } from "../moments.ts"

interface Row {
  readonly x: Tensor<readonly []>
}
/** The ELBO with all scores, as it was differentiated before they were left out. */
const withScores: TermsObjective = { ...Objective.elbo, weighsByDraws: true }

test("where the guide is the posterior the score function has no variance left", async () => {
  const counts = [3, 1, 4, 2]
  const rates = program(function* () {
    const z = yield* sample("z", Weibull(1, 1))
    yield* plate("rows", function* (_row: Row) {
      yield* observe("x", Poisson({ rate: z }))
    })
  }).guide(() => ({ z: Gamma(exp(param("a", Math.log(11))), exp(param("b", Math.log(5)))) }))
  const momentsOf = async (objective: TermsObjective) => {
    const options: FitOptions = { epochs: 500, particles: 4, seed: 3, objective, estimators: { z: score } }
    return estimates((each) => rates.fit({ rows: { x: Dataset.of(counts, []) } } as never, each), options)
  }
  const [before, after] = [await momentsOf(withScores), await momentsOf(Objective.elbo)]
  // the Fisher information of the logarithm of a rate is the shape, and of the mean of four draws a quarter of that
  expect(before.of("b").variance[0]).toBeCloseTo(11 / 4, 0)
  for (const name of ["a", "b"]) expect(after.of(name).variance[0]).toBeLessThan(1e-6)
})

/** y ~ N(0, 1), z ~ Geometric(0.4), x ~ N(y + z/2, 1), guided by y ~ N(m, s) with a path, and z ~ Poisson(exp(c + w y)), which reads that path. */
const chain = { m: 0.3, s: 0.8, c: -0.2, w: 0.5 }
type Chain = typeof chain
const chained = program(
  plate("rows", function* (_row: Row) {
    const y = yield* sample("y", Normal(0, 1))
    const z = yield* sample("z", Geometric({ probs: 0.4 }))
    yield* observe("x", Normal(add(y, mul(0.5, z)), 1))
  })
).guideWith(() =>
  plate("rows", function* (_row: Row) {
    const y = yield* sample("y", Normal(param("m", chain.m), param("s", chain.s)))
    yield* sample("z", Poisson({ rate: exp(add(param("c", chain.c), mul(param("w", chain.w), y))) }))
  })
)

const counts = Array.from({ length: 40 }, (_, z) => z)
const logFactorial = (z: number): number => counts.slice(1, z + 1).reduce((sum, k) => sum + Math.log(k), 0)
const logPoisson = (z: number, rate: number): number => z * Math.log(rate) - rate - logFactorial(z)
const logGeometric = (z: number): number => Math.log(0.4) + z * Math.log(0.6)
const logNormal = (x: number, loc: number, scale: number): number =>
  -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)

/** −ELBO of a row: a sum over z inside of an integral over the noise of y by the trapezium rule. */
const lossOf = (x: number, { m, s, c, w }: Chain): number => {
  const step = 0.05
  let loss = 0
  for (let e = -7; e <= 7; e += step) {
    const y = m + s * e
    const rate = Math.exp(c + w * y)
    const given = counts.reduce((sum, z) => {
      const logQ = logPoisson(z, rate)
      return sum + Math.exp(logQ) * (logQ - logGeometric(z) - logNormal(x, y + z / 2, 1))
    }, 0)
    loss += step * Math.exp(logNormal(e, 0, 1)) * (given + logNormal(y, m, s) - logNormal(y, 0, 1))
  }
  return loss
}
const xs = [-0.5, 2.5]
const slopeOf = (name: keyof Chain): number =>
  xs.reduce((sum, x) => {
    const [above, below] = [1e-4, -1e-4].map((h) => lossOf(x, { ...chain, [name]: chain[name] + h }))
    return sum + ((above ?? Number.NaN) - (below ?? Number.NaN)) / 2e-4
  }, 0)

describe("a site below a draw with a path has the gradient of its ELBO, with less variance", () => {
  const copies = 20
  const x = Dataset.of(Array.from({ length: copies }, () => xs).flat(), [])
  const ways: ReadonlyArray<readonly [string, Estimator, number, number]> = [
    ["score function, running baseline", score, 1, 2 * copies],
    ["score function, leave-one-out", score, 8, 2 * copies],
    ["score function, in minibatches", score, 8, copies / 2],
    ["score function, learned baseline", nvil, 2, 2 * copies],
    ["measure-valued", measureValued, 2, 2 * copies]
  ]
  test.each(ways)("%s", async (_, estimator, particles, batchSize) => {
    const momentsOf = async (objective: TermsObjective) =>
      estimates((each) => chained.fit({ rows: { x } } as never, each), {
        ...{ epochs: 500, particles, batchSize, seed: 4, objective },
        estimators: { z: estimator } as never
      })
    const found = await momentsOf(Objective.elbo)
    for (const name of ["m", "s", "c", "w"] as const) isUnbiased(found.of(name), [copies * slopeOf(name)])
    if (particles > 1) return
    const before = await momentsOf(withScores)
    expect(found.of("c").variance[0]).toBeLessThan(before.of("c").variance[0] ?? Number.NaN)
  })

  test("central differences agree", async () => {
    const found = await run(
      chained.verify({ rows: { x: Dataset.of(xs, []) } } as never, { steps: 400, particles: 4, seed: 1 }),
      onnx
    )
    expect(found.rows.map(({ parameter, agrees }) => [parameter, agrees])).toEqual(
      ["m", "s", "c", "w"].map((name) => [name, true])
    )
  })
})

/** Two coins, guided one after the other and drawn in the other order by the model, so that the KL of the first has no closed form. */
const pair = { a: 0.4, b: -0.7, c: 1.1 }
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const logCoin = (z: number, logits: number): number => Math.log(sigmoid(z === 1 ? logits : -logits))
const coins = program(function* () {
  const second = yield* sample("second", Bernoulli({ probs: 0.3 }))
  const first = yield* sample("first", Bernoulli({ logits: add(mul(2, second), -0.5) }))
  yield* observe("x", Normal(add(first, mul(-1.5, second)), 0.7))
}).guideWith(function* () {
  const first = yield* sample("first", Bernoulli({ logits: param("a", pair.a) }))
  yield* sample("second", Bernoulli({ logits: add(param("b", pair.b), mul(param("c", pair.c), first)) }))
})
const costOf = (costs: (kl: number) => number, { a, b, c }: typeof pair): number =>
  [0, 1].reduce((all, first) => {
    const q2 = (second: number): number => logCoin(second, b + c * first)
    // the KL of the second has a closed form, given the first
    const kl = [0, 1].reduce((sum, z) => sum + Math.exp(q2(z)) * (q2(z) - logCoin(z, Math.log(0.3 / 0.7))), 0)
    return [0, 1].reduce((sum, second) => {
      const q1 = logCoin(first, a)
      const likelihood = logNormal(0.8, first - 1.5 * second, 0.7)
      return sum + Math.exp(q1 + q2(second)) * (costs(q1 - logCoin(first, 2 * second - 0.5)) + costs(kl) - likelihood)
    }, all)
  }, 0)

/** A cost that is not its term times a number: its gradient needs the score. It says nothing of it. */
const { weighsByDraws: _, ...plain } = Objective.elbo
const squared: TermsObjective = {
  ...plain,
  name: "squares",
  noBound: "it squares terms",
  reweighs: true,
  costs: (terms) => terms.map(({ kind, value }) => (kind === "kl" ? tf.square(value) : value))
}

describe("two coins have the gradient of the sum over their values", () => {
  const ways: ReadonlyArray<readonly [string, Estimator, number, TermsObjective, (kl: number) => number]> = [
    ["score function, running baseline", score, 1, Objective.elbo, (kl) => kl],
    ["score function, leave-one-out", score, 4, Objective.elbo, (kl) => kl],
    ["DisARM", disarm, 4, Objective.elbo, (kl) => kl],
    ["score function, KLs that count twice", score, 4, Objective.beta(2), (kl) => 2 * kl],
    ["score function, KLs that are squared", score, 4, squared, (kl) => kl * kl]
  ]
  test.each(ways)("%s", async (_, estimator, particles, objective, costs) => {
    const found = await estimates((each) => coins.fit({ x: tf.scalar(0.8) } as never, each), {
      ...{ epochs: 3_000, particles, seed: 6, objective },
      estimators: { first: estimator, second: estimator } as never
    })
    for (const name of ["a", "b", "c"] as const) {
      const [above, below] = [1e-4, -1e-4].map((h) => costOf(costs, { ...pair, [name]: pair[name] + h }))
      isUnbiased(found.of(name), [((above ?? Number.NaN) - (below ?? Number.NaN)) / 2e-4])
    }
  })
})
