import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { InverseGamma } from "../../../src/dist/InverseGamma.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { program } from "../../../src/infer/program/program.ts"
import { naturalSteps } from "../../../src/infer/step/naturalSteps.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, engines, failure, run } from "../harness.ts"

type Vector<N extends number> = Tensor<readonly [N]>
type Row = { readonly y: Tensor<readonly []> }
const pairOf = (a: number, b: number): Vector<2> => Tensor.of([2], tf.tensor1d([a, b]))
const triple = (a: number, b: number, c: number): Vector<3> => Tensor.of([3], tf.tensor1d([a, b, c]))
const one = { epochs: 1, batchSize: 100, optimizer: Optimizer.naturalGradient(1), progress: false } as const
const rowsOf = (values: ReadonlyArray<number>) => ({ rows: { y: Dataset.of(values, []) } })

/** A site of each family, whose guide is of the same family and begins elsewhere; there are no data, so that the loss is the sum of their KLs in closed form. */
const priors = program(function* () {
  yield* sample("normal", Normal(pairOf(1, -2), pairOf(0.5, 3)))
  yield* sample("logNormal", LogNormal(0.4, 0.7))
  yield* sample("gamma", Gamma(pairOf(0.7, 9), pairOf(2, 0.3)))
  yield* sample("inverseGamma", InverseGamma(3, 2))
  yield* sample("beta", Beta(pairOf(0.6, 8), pairOf(2, 5)))
  yield* sample("dirichlet", Dirichlet(triple(0.5, 2, 7)))
  yield* sample("bernoulli", Bernoulli({ logits: -1.3 }))
  yield* sample("categorical", Categorical({ logits: triple(0.5, -1, 2) }))
  yield* sample("oneHot", OneHotCategorical({ logits: triple(-0.5, 1, 0) }))
  yield* sample("poisson", Poisson({ rate: 3.5 }))
  yield* sample("exponential", Exponential(2.5))
}).guide(() => ({
  normal: Normal(param("normal.loc", [2]), param.positive("normal.scale", [2])),
  logNormal: LogNormal(param("logNormal.loc", 0), param.positive("logNormal.scale", 1)),
  gamma: Gamma(param.positive("gamma.concentration", [2], 2), param.positive("gamma.rate", [2], 1)),
  inverseGamma: InverseGamma(param.positive("inverseGamma.concentration", 2), param.positive("inverseGamma.scale", 1)),
  beta: Beta(param.positive("beta.concentration1", [2], 2), param.positive("beta.concentration0", [2], 1.5)),
  dirichlet: Dirichlet(param.positive("dirichlet.concentration", [3], 2)),
  bernoulli: Bernoulli({ logits: param("bernoulli.logits", 0.4) }),
  categorical: Categorical({ logits: param("categorical.logits", [3], [0.1, 0.2, -0.3]) }),
  oneHot: OneHotCategorical({ logits: param("oneHot.logits", [3], [1, 0.2, -0.3]) }),
  poisson: Poisson({ rate: param.positive("poisson.rate", 2) }),
  exponential: Exponential(param.positive("exponential.rate", 1))
}))
const known = {
  ...{ "normal.loc": [1, -2], "normal.scale": [0.5, 3], "logNormal.loc": [0.4], "logNormal.scale": [0.7] },
  ...{ "gamma.concentration": [0.7, 9], "gamma.rate": [2, 0.3] },
  ...{ "inverseGamma.concentration": [3], "inverseGamma.scale": [2] },
  ...{ "beta.concentration1": [0.6, 8], "beta.concentration0": [2, 5], "dirichlet.concentration": [0.5, 2, 7] },
  ...{ "bernoulli.logits": [-1.3], "categorical.logits": [0.5, -1, 2], "oneHot.logits": [-0.5, 1, 0] },
  ...{ "poisson.rate": [3.5], "exponential.rate": [2.5] }
}
/** Logits mean the same whatever is added to all of them. */
const centred = (name: string, values: ReadonlyArray<number>): ReadonlyArray<number> => {
  const mean = name.endsWith("logits") && values.length > 1 ? values.reduce((sum, x) => sum + x, 0) / values.length : 0
  return values.map((x) => x - mean)
}

describe("a natural gradient step of rate 1 by an exact gradient", () => {
  test.each(engines)("ends in the prior where there are no data, for each family: %s", async (_, source) => {
    const fitted = await run(priors.fit({}, one), source)
    const sites = Object.keys(known).map((name) => name.split(".")[0]?.toLowerCase())
    for (const family of Object.keys(naturalSteps))
      expect(sites).toContain(family === "OneHotCategorical" ? "onehot" : family.toLowerCase())
    for (const [name, values] of Object.entries(known)) {
      const found = centred(name, [...fitted.parameter(name)])
      centred(name, values).forEach((value, i) => {
        expect(Math.abs((found[i] ?? Number.NaN) - value), name).toBeLessThan(2e-4 * Math.max(1, Math.abs(value)))
      })
    }
  })

  test("ends in the posterior of an enumerated site", async () => {
    const coin = program(function* () {
      const k = yield* sample("k", Bernoulli({ probs: 0.3 }))
      yield* plate("rows", (_row: Row) => observe("y", Normal(k, 1)))
    }).guide(() => ({ k: Bernoulli({ logits: param("logits", 0.2) }) }))
    const ys = [0.4, 1.2, -0.3]
    const fitted = await run(coin.fit(rowsOf(ys), one), cpu)
    // log odds: prior, and log N(y; 1, 1) − log N(y; 0, 1) = y − ½ of each row
    const exact = Math.log(0.3 / 0.7) + ys.reduce((sum, y) => sum + y - 0.5, 0)
    expect(fitted.parameter("logits")[0]).toBeCloseTo(exact, 4)
  })

  test.each(engines)(
    "ends in the posterior of each row, read whole or in parts of which the last one is small: %s",
    async (_, source) => {
      const ys = [0.4, 1.2, -0.3, 2, 0.1]
      const rows = program(
        plate("rows", function* (_row: Row) {
          const k = yield* sample("k", Bernoulli({ probs: 0.3 }))
          yield* sample("z", Normal(1, 0.5))
          yield* observe("y", Normal(k, 1))
        })
      ).guide(() => ({
        rows: () => ({
          k: Bernoulli({ logits: param.row("logits", 0.2) }),
          z: Normal(param.row("loc", 0), param.row.positive("scale", 1))
        })
      }))
      for (const batchSize of [5, 2]) {
        const fitted = await run(rows.fit(rowsOf(ys), { ...one, batchSize }), source)
        const [logits, loc, scale] = ["logits", "loc", "scale"].map((name) => fitted.parameter(name))
        ys.forEach((y, i) => {
          // log odds as above, of one row
          expect(logits?.[i]).toBeCloseTo(Math.log(0.3 / 0.7) + y - 0.5, 4)
          expect(loc?.[i]).toBeCloseTo(1, 4)
          expect(scale?.[i]).toBeCloseTo(0.5, 4)
        })
      }
    }
  )

  test("of rate ½ ends in the middle of the natural parameters", async () => {
    const normal = program(sample("z", Normal(3, 0.5))).guide(() => ({
      z: Normal(param("loc", 1), param.positive("scale", 1))
    }))
    const fitted = await run(normal.fit({}, { ...one, optimizer: Optimizer.naturalGradient(0.5) }), cpu)
    // precisions 1 and 4, and precision times mean 1 and 12
    const precision = 2.5
    expect(fitted.parameter("scale")[0]).toBeCloseTo(Math.sqrt(1 / precision), 5)
    expect(fitted.parameter("loc")[0]).toBeCloseTo(6.5 / precision, 5)
  })
})

/** Mean and standard error over some seeds of numbers that a fit ends in. */
const overSeeds = async (fit: (seed: number) => Promise<ReadonlyArray<number>>) => {
  const runs = await Promise.all(Array.from({ length: 8 }, (_, seed) => fit(seed)))
  return (runs[0] ?? []).map((_, i) => {
    const values = runs.map((run) => run[i] ?? Number.NaN)
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)
    return { mean, error: Math.sqrt(variance / values.length) }
  })
}

describe("a step of rate 1 by draws ends in the posterior of a conjugate pair, within 5 standard errors over 8 seeds", () => {
  const step = { ...one, particles: 200 }
  const first = (values: ArrayLike<number>) => values[0] ?? Number.NaN
  const coins = [1, 1, 0, 1, 0, 1, 1]
  const pairs: Readonly<
    Record<string, readonly [(seed: number) => Promise<ReadonlyArray<number>>, ReadonlyArray<number>]>
  > = {
    "Normal–Normal": [
      async (seed) => {
        const level = program(function* () {
          const z = yield* sample("z", Normal(0, 2))
          yield* plate("rows", (_row: Row) => observe("y", Normal(z, 1)))
        }).guide(() => ({ z: Normal(param("loc", 0), param.positive("scale", 1)) }))
        const fitted = await run(level.fit(rowsOf([1, 2.5, 0.3]), { ...step, seed }), cpu)
        const precision = first(fitted.parameter("scale")) ** -2
        return [first(fitted.parameter("loc")) * precision, precision]
      },
      // Σ y, and 1/2² + 3
      [3.8, 3.25]
    ],
    "Beta–Bernoulli": [
      async (seed) => {
        const coin = program(function* () {
          const p = yield* sample("p", Beta(2, 2))
          yield* plate("rows", (_row: Row) => observe("y", Bernoulli({ probs: p })))
        }).guide(() => ({ p: Beta(param.positive("a", 3), param.positive("b", 2)) }))
        const fitted = await run(coin.fit({ rows: { y: Dataset.of(coins, [], "boolean") } }, { ...step, seed }), cpu)
        return [first(fitted.parameter("a")), first(fitted.parameter("b"))]
      },
      [2 + 5, 2 + 2]
    ],
    "Gamma–Poisson": [
      async (seed) => {
        const counts = program(function* () {
          const rate = yield* sample("rate", Gamma(2, 1))
          yield* plate("rows", (_row: Row) => observe("y", Poisson({ rate })))
        }).guide(() => ({ rate: Gamma(param.positive("a", 3), param.positive("b", 1)) }))
        const fitted = await run(
          counts.fit({ rows: { y: Dataset.of([4, 6, 5], [], "natural") } }, { ...step, seed }),
          cpu
        )
        return [first(fitted.parameter("a")), first(fitted.parameter("b"))]
      },
      [2 + 15, 1 + 3]
    ],
    "Dirichlet–Categorical": [
      async (seed) => {
        const labels = program(function* () {
          const p = yield* sample("p", Dirichlet(triple(1, 1, 1)))
          yield* plate("rows", (_row: Row) => observe("y", Categorical({ probs: p })))
        }).guide(() => ({ p: Dirichlet(param.positive("a", [3], 2)) }))
        const fitted = await run(
          labels.fit({ rows: { y: Dataset.of([0, 2, 2, 1, 2], [], "category") } }, { ...step, seed }),
          cpu
        )
        return [...fitted.parameter("a")]
      },
      [2, 2, 4]
    ]
  }
  test.each(Object.keys(pairs))("%s", async (name) => {
    const [fit, exact] = pairs[name] ?? [() => Promise.resolve([]), [Number.NaN]]
    const found = await overSeeds(fit)
    exact.forEach((value, i) => {
      const { mean, error } = found[i] ?? { mean: Number.NaN, error: Number.NaN }
      expect(Math.abs(mean - value)).toBeLessThan(5 * error)
      expect(error).toBeLessThan(0.15 * value)
    })
  })
})

describe("where there is no natural gradient", () => {
  const net = Net.mlp([2, 2])
  const local = program(
    plate("rows", (_row: Row) => Effect.flatMap(sample("z", Normal(0, 1)), (z) => observe("y", Normal(z, 1))))
  )
  const plain = program(function* () {
    const z = yield* sample("z", Normal(0, 1))
    yield* plate("rows", (_row: Row) => observe("y", Normal(z, param.positive("noise", 1))))
  })
  const pair = program(function* () {
    yield* sample("a", Normal(0, 1))
    yield* sample("b", Normal(0, 1))
  })
  const refusals: Readonly<Record<string, readonly [Effect.Effect<unknown, never, never>, string]>> = {
    "amortised by a net": [
      local
        .guide(() => ({
          rows: (row: Row) => ({ z: Normal(Tensor.of([], tf.sum(net(Tensor.of([2], tf.stack([row.y, row.y]))))), 1) })
        }))
        .fit(rowsOf([1, 2]), one) as never,
      "the site 'z' has none: its 'loc' is no param.row of its own, but computed or fixed"
    ],
    "whose rows share a parameter": [
      local
        .guide(() => ({ rows: () => ({ z: Normal(param("m", 0), param.positive("s", 1)) }) }))
        .fit(rowsOf([1, 2]), one) as never,
      "the site 'z' has none: the rows of 'rows' share its 'loc': give each its own by param.row"
    ],
    "computed from a parameter": [
      pair
        .guide(() => ({
          a: Normal(Tensor.of([], tf.mul(2, param("m", 0))), param.positive("s", 1)),
          b: Normal(param("n", 0), param.positive("t", 1))
        }))
        .fit({}, one) as never,
      "the site 'a' has none: its 'loc' is no param of its own, but computed or fixed"
    ],
    "shared by two sites": [
      pair
        .guide(() => ({
          a: Normal(param("m", 0), param.positive("s", 1)),
          b: Normal(param("m", 0), param.positive("t", 1))
        }))
        .fit({}, one) as never,
      "'m' is also a parameter of the site 'b'"
    ],
    "of which one parameter is two of a distribution": [
      program(sample("g", Gamma(2, 1)))
        .guide(() => ({ g: Gamma(param.positive("a", 1), param.positive("a", 1)) }))
        .fit({}, one) as never,
      "the site 'g' has none: 'a' is two of its parameters"
    ],
    "of another family": [
      program(sample("s", HalfNormal(1)))
        .guide(() => ({ s: HalfNormal(param.positive("scale", 1)) }))
        .fit({}, one) as never,
      "its family HalfNormal is none of Normal, LogNormal"
    ],
    "with a parameter of the model": [
      plain.guide(() => ({ z: Normal(param("m", 0), param.positive("s", 1)) })).fit(rowsOf([1, 2]), one) as never,
      "the parameter 'noise' belongs to no site of the guide"
    ]
  }
  test.each(Object.keys(refusals))("a guide %s is refused in words", async (name) => {
    const [fit, words] = refusals[name] ?? [Effect.void, "?"]
    const error = await failure(fit)
    expect(error._tag).toBe("InvalidOption")
    expect(error.message).toContain(words)
  })

  test("another optimizer moves the rest, and a file that was saved is read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latent-natural-"))
    try {
      const guided = plain.guide(() => ({ z: Normal(param("m", 0), param.positive("s", 1)) }))
      const optimizer = Optimizer.naturalGradient(0.2, { others: Optimizer.adam(0.05) })
      const data = rowsOf([2.2, 1.9, 2.1, 2, 1.8, 2.05])
      const path = join(folder, "fit.safetensors")
      const checkpoint = { path, every: 100 }
      const fitted = await run(
        guided.fit(data, { ...one, epochs: 200, particles: 20, optimizer, checkpoint, resume: true }),
        cpu
      )
      // the noise that maximises the likelihood is the deviation of the rows about z, some 0.13
      const noise = fitted.parameter("noise")[0] ?? Number.NaN
      expect(noise).toBeLessThan(0.2)
      // the exact posterior for this noise
      const precision = 1 + 6 / noise ** 2
      expect((fitted.parameter("s")[0] ?? Number.NaN) * Math.sqrt(precision)).toBeCloseTo(1, 1)
      const loaded = await run(guided.load(path), cpu)
      expect(loaded.parameters).toEqual(fitted.parameters)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
