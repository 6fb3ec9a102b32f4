import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../../src/dist/Beta.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Gamma } from "../../../../src/dist/Gamma.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Poisson } from "../../../../src/dist/Poisson.ts"
import { InvalidOption } from "../../../../src/Errors.ts"
import { numbersOf } from "../../../../src/infer/mcmc/chainNumbers.ts"
import { nextTemperature, systematic } from "../../../../src/infer/mcmc/smc/temper.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { enumerate, factor, observe, plate, sample } from "../../../../src/model/Site.ts"
import { mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"

const { normal, uniform } = numbersOf(4, 0)

describe("the next temperature", () => {
  test("is where weights of normal log likelihoods have the size that is wanted: ESS = n e^(−δ²)", () => {
    const likelihood = Float64Array.from({ length: 20_000 }, () => 3 * normal())
    // e^(−(3δ)²) = ½
    expect(Math.abs(nextTemperature(likelihood, 0, 0.5) - Math.sqrt(Math.log(2)) / 3)).toBeLessThan(0.02)
    expect(nextTemperature(likelihood, 0.9, 0.5)).toBe(1)
  })

  test("moves on from a prior that is wider by any factor", () => {
    expect(nextTemperature(Float64Array.of(0, -1e30, -2e30, -3e30), 0, 0.5)).toBeGreaterThan(0)
    expect(nextTemperature(Float64Array.of(0, -1e30, -2e30, -3e30), 0.5, 0.5)).toBeGreaterThan(0.5)
  })

  test("leaves particles without any weight aside", () => {
    const likelihood = Float64Array.from({ length: 2000 }, (_, i) =>
      i < 1800 ? Number.NEGATIVE_INFINITY : 3 * normal()
    )
    expect(nextTemperature(likelihood, 0.25, 0.5)).toBeCloseTo(
      0.25 + nextTemperature(likelihood.slice(1800), 0, 0.5),
      12
    )
  })
})

test("systematic resampling takes each as often as its weight says, rounded up or down", () => {
  const logWeights = Float64Array.from({ length: 40 }, normal)
  const total = logWeights.reduce((sum, x) => sum + Math.exp(x), 0)
  for (let turn = 0; turn < 20; turn++) {
    const chosen = systematic(logWeights, uniform())
    for (const [i, x] of logWeights.entries()) {
      const expected = (40 * Math.exp(x)) / total
      expect(Math.abs(chosen.filter((at) => at === i).length - expected)).toBeLessThan(1)
    }
  }
})

const logGamma = (n: number): number => {
  let sum = 0
  for (let k = 2; k < n; k++) sum += Math.log(k)
  return sum
}

describe("program.smc", () => {
  test("has the log evidence and the means of conjugate posteriors", async () => {
    const many = program(function* () {
      const mu = yield* sample("mu", Normal(0, 10))
      const rate = yield* sample("rate", Gamma(2, 1))
      const chance = yield* sample("chance", Beta(2, 3))
      yield* plate("people", function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("y", Normal(z, 1))
      })
      yield* plate("counts", () => observe("n", Poisson({ rate })))
      yield* plate("coins", () => observe("heads", Bernoulli({ probs: chance })))
      const which = yield* enumerate("which", Categorical({ probs: Tensor.of([2], tf.tensor1d([0.5, 0.5])) }))
      yield* observe("seen", Normal(mul(2, which), 1))
    })
    const data = {
      people: { y: Dataset.of([21, 23], []) },
      counts: { n: Dataset.of([3, 1, 4], [], "natural") },
      coins: { heads: Dataset.of([1, 1, 0, 1], [], "boolean") },
      seen: Tensor.of([], tf.scalar(1.5))
    }
    const found = await run(many.smc(data, { particles: 60, populations: 6, progress: false }), onnx)
    const density = (x: number): number => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI)
    const exact =
      // y ~ N(0, 2 I + 100 11ᵀ)
      -Math.log(2 * Math.PI) -
      Math.log(4 * (1 + 200 / 2)) / 2 -
      ((21 ** 2 + 23 ** 2) / 2 - (100 / 4 / (1 + 200 / 2)) * 44 ** 2) / 2 +
      // Γ(10) 4^−10 / (3! 1! 4!)
      (logGamma(10) - 10 * Math.log(4) - Math.log(6 * 24)) +
      // B(5, 4) / B(2, 3)
      (logGamma(5) + logGamma(4) - logGamma(9) - (logGamma(2) + logGamma(3) - logGamma(5))) +
      Math.log((density(1.5) + density(0.5)) / 2)
    const { mean, error } = found.logEvidence
    expect(error).toBeLessThan(0.4)
    expect(Math.abs(mean - exact) / error).toBeLessThan(4)
    // as if 60 of the 360 draws were independent
    const zOf = (values: ArrayLike<number>, mean: number, variance: number): number =>
      Math.abs(Array.from(values).reduce((sum, x) => sum + x, 0) / values.length - mean) / Math.sqrt(variance / 60)
    const precision = 1 / 100 + 2 / 2
    expect(zOf(found.draws.mu.values, 44 / 2 / precision, 1 / precision)).toBeLessThan(4)
    expect(zOf(found.draws.rate.values, 10 / 4, 10 / 16)).toBeLessThan(4)
    expect(zOf(found.draws.chance.values, 5 / 9, (5 * 4) / (81 * 10))).toBeLessThan(4)
    expect(found.draws.people.z.shape).toEqual([360, 2])
    expect(found.temperatures[0]).toBe(0)
    expect(found.temperatures.at(-1)).toBe(1)
  }, 60_000)

  const far = program(function* () {
    const mu = yield* sample("mu", Normal(0.5, 2))
    yield* observe("y", Normal(mul(mu, mu), 0.5))
  })
  const y = Tensor.of([], tf.scalar(9))

  test("weighs two modes of which NUTS finds one a chain, as quadrature does", async () => {
    let [total, right] = [0, 0]
    for (let mu = -6; mu < 6; mu += 1e-3) {
      const weight = Math.exp(-(((mu - 0.5) / 2) ** 2) / 2 - ((9 - mu ** 2) / 0.5) ** 2 / 2) / (2 * Math.PI * 2 * 0.5)
      total += weight * 1e-3
      if (mu > 0) right += weight * 1e-3
    }
    const found = await run(far.smc({ y }, { particles: 100, populations: 6, progress: false }), cpu)
    const { mean, error } = found.logEvidence
    expect(error).toBeLessThan(0.2)
    expect(Math.abs(mean - Math.log(total)) / error).toBeLessThan(4)
    const share = found.draws.mu.values.filter((x) => x > 0).length / 600
    const p = right / total
    expect(Math.abs(share - p) / Math.sqrt((p * (1 - p)) / 100)).toBeLessThan(4)
    const chain = await run(far.nuts({ y }, { chains: 1, warmup: 50, draws: 50, progress: false }), cpu)
    expect(new Set([...chain.draws.mu.values].map(Math.sign)).size).toBe(1)
  }, 60_000)

  test("has the same draws with the same seed, and tells its progress", async () => {
    const told: Array<readonly [number, boolean]> = []
    const progress = ({ temperature, isDone }: { readonly temperature: number; readonly isDone: boolean }) =>
      told.push([temperature, isDone])
    const drawn = async (seed: number) => {
      const options = { particles: 10, populations: 2, moves: 1, progress, seed } as const
      return [...(await run(far.smc({ y }, options), cpu)).draws.mu.values]
    }
    const first = await drawn(1)
    expect(await drawn(1)).toEqual(first)
    expect(await drawn(2)).not.toEqual(first)
    expect(told.at(-1)).toEqual([1, true])
  })

  test("counts factors with the data, not with the prior", async () => {
    const tilted = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      // log E e^(mu) = ½
      yield* factor("tilt", mu)
    })
    const { logEvidence } = await run(tilted.smc({}, { particles: 200, populations: 4, progress: false }), cpu)
    expect(Math.abs(logEvidence.mean - 0.5) / logEvidence.error).toBeLessThan(4)
    expect(logEvidence.error).toBeLessThan(0.1)
  })

  test.each([
    [{ particles: 1 }, "particles"],
    [{ populations: 1 }, "populations"],
    [{ effective: 1 }, "effective"],
    [{ moves: 0 }, "moves"],
    [{ init: {} } as object, "init"]
  ])("refuses options such as %o", async (options, name) => {
    const error = await failure(far.smc({ y }, options), cpu)
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(`'${name}'`)
  })

  test("says where no draw from the prior can be", async () => {
    const impossible = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* factor("never", mul(mu, Number.NEGATIVE_INFINITY))
    })
    const { message } = await failure(impossible.smc({}, { particles: 4, populations: 2, progress: false }), cpu)
    expect(message).toContain("at no draw from the prior")
  })
})
