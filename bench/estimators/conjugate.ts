import * as tf from "@tensorflow/tfjs"
import {
  Bernoulli,
  Beta,
  Categorical,
  Data,
  Dirichlet,
  type Estimator,
  Exponential,
  Gamma,
  Normal,
  Optimizer,
  observe,
  Poisson,
  param,
  plate,
  program,
  Schedule,
  sample,
  Tensor
} from "../../src/index.ts"

interface Row {
  readonly x: Tensor<readonly []>
}
interface Moments {
  readonly mean: number
  readonly sd: number
}
interface Options {
  readonly estimators: { readonly z: Estimator }
}
interface Fitted {
  readonly parameter: (name: string) => ArrayLike<number>
}

/** A model whose posterior is of the guide's family: its exact moments, and those of a fit. */
interface Pair {
  readonly name: string
  readonly exact: Moments
  readonly estimators: () => Promise<ReadonlyArray<Estimator>>
  readonly fit: (options: Options) => Promise<Moments>
}

export interface PairResult extends Moments {
  readonly pair: string
  readonly estimator: string
  /** of the mean, in standard deviations, and of the standard deviation, relative */
  readonly errors: ReadonlyArray<number>
}

const shared = {
  epochs: 4000,
  particles: 256,
  optimizer: Optimizer.adam(Schedule.cosine(0.03)),
  seed: 1,
  progress: false
} as const
const number = (fitted: Fitted, name: string): number => fitted.parameter(name)[0] ?? Number.NaN
const gammaMoments = (shape: number, rate: number): Moments => ({ mean: shape / rate, sd: Math.sqrt(shape) / rate })
const betaMoments = (a: number, b: number): Moments => ({
  mean: a / (a + b),
  sd: Math.sqrt((a * b) / (a + b + 1)) / (a + b)
})
const total = (xs: ReadonlyArray<number>): number => xs.reduce((a, b) => a + b, 0)

const reals = [-0.5, 2, 1.2, 0.4]
const normals = program(function* () {
  const z = yield* sample("z", Normal(0, 1))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Normal(z, 1))
  })
}).guide(() => ({ z: Normal(param("loc", 0), param.positive("scale", 1)) }))

const hits = [1, 0, 1, 1, 1]
const coins = program(function* () {
  const z = yield* sample("z", Beta(2, 2))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Bernoulli({ probs: z }))
  })
}).guide(() => ({ z: Beta(param.positive("a", 2), param.positive("b", 2)) }))

const counts = [3, 1, 4, 2]
const poissons = program(function* () {
  const z = yield* sample("z", Gamma(2, 1))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Poisson({ rate: z }))
  })
}).guide(() => ({ z: Gamma(param.positive("a", 3), param.positive("b", 2)) }))

const times = [0.3, 1.1, 0.6, 0.2]
const waits = program(function* () {
  const z = yield* sample("z", Gamma(2, 1))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Exponential(z))
  })
}).guide(() => ({ z: Gamma(param.positive("a", 3), param.positive("b", 2)) }))

const labels = [0, 2, 2, 1, 2, 0]
const shares = program(function* () {
  const z = yield* sample("z", Dirichlet(Tensor.of([3], tf.tensor1d([1, 2, 3]))))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Categorical({ probs: z }))
  })
}).guide(() => ({ z: Dirichlet(param.positive("a", [3], 2)) }))

const applicable = (measured: { readonly rows: ReadonlyArray<{ readonly estimator: Estimator }> }) =>
  measured.rows.map(({ estimator }) => estimator)
const rows = (xs: ReadonlyArray<number>) => ({ rows: { x: Data.of(xs, []) } }) as never
const few = { steps: 100 }

const pairs: ReadonlyArray<Pair> = [
  {
    name: "Normal–Normal",
    exact: { mean: total(reals) / (reals.length + 1), sd: 1 / Math.sqrt(reals.length + 1) },
    estimators: async () => applicable(await normals.measurePromise(rows(reals), few)),
    fit: async (options) => {
      const fitted = await normals.fitPromise(rows(reals), { ...shared, ...options })
      return { mean: number(fitted, "loc"), sd: number(fitted, "scale") }
    }
  },
  {
    name: "Beta–Bernoulli",
    exact: betaMoments(2 + total(hits), 2 + hits.length - total(hits)),
    estimators: async () => applicable(await coins.measurePromise(rows(hits), few)),
    fit: async (options) => {
      const fitted = await coins.fitPromise(rows(hits), { ...shared, ...options })
      return betaMoments(number(fitted, "a"), number(fitted, "b"))
    }
  },
  {
    name: "Gamma–Poisson",
    exact: gammaMoments(2 + total(counts), 1 + counts.length),
    estimators: async () => applicable(await poissons.measurePromise(rows(counts), few)),
    fit: async (options) => {
      const fitted = await poissons.fitPromise(rows(counts), { ...shared, ...options })
      return gammaMoments(number(fitted, "a"), number(fitted, "b"))
    }
  },
  {
    name: "Gamma–Exponential",
    exact: gammaMoments(2 + times.length, 1 + total(times)),
    estimators: async () => applicable(await waits.measurePromise(rows(times), few)),
    fit: async (options) => {
      const fitted = await waits.fitPromise(rows(times), { ...shared, ...options })
      return gammaMoments(number(fitted, "a"), number(fitted, "b"))
    }
  },
  {
    // the share of the label 2
    name: "Dirichlet–Categorical",
    exact: betaMoments(3 + 3, 1 + 2 + 3),
    estimators: async () => applicable(await shares.measurePromise(rows(labels), few)),
    fit: async (options) => {
      const [a = 0, b = 0, c = 0] = Array.from(
        (await shares.fitPromise(rows(labels), { ...shared, ...options })).parameter("a")
      )
      return betaMoments(c, a + b)
    }
  }
]

/** Fits each pair by each estimator that applies to it, and compares the moments with the exact ones. */
export const conjugate = async (): Promise<ReadonlyArray<PairResult>> => {
  const results: Array<PairResult> = []
  for (const { name, exact, estimators, fit } of pairs)
    for (const estimator of await estimators()) {
      const found = await fit({ estimators: { z: estimator } })
      const errors = [Math.abs(found.mean - exact.mean) / exact.sd, Math.abs(found.sd / exact.sd - 1)]
      results.push({ pair: name, estimator: estimator.name, ...exact, errors })
    }
  return results
}
