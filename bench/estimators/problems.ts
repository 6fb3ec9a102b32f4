import * as tf from "@tensorflow/tfjs"
import {
  Bernoulli,
  Beta,
  Categorical,
  Data,
  exp,
  Gamma,
  type Measurement,
  type MeasureOptions,
  Mixture,
  model,
  Net,
  Normal,
  OneHotCategorical,
  observe,
  Poisson,
  param,
  plate,
  program,
  sample,
  Tensor
} from "../../src/index.ts"

/** A model with its guide and data, on which estimators are measured. */
export interface MeasuredProblem {
  readonly name: string
  readonly measure: (options: MeasureOptions) => Promise<Measurement>
}

interface Row {
  readonly x: Tensor<readonly []>
}
const scalar = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)

const gaussian = model(Normal(0, 1).iid(5), (z) => Normal(z, 1)).guide(() =>
  Normal(param("loc", [5]), param.positive("scale", [5]))
)

const units = Net.mlp([20, 30, 25])
const toUnits = Net.mlp([25, 30, 20])
const coins = model(Bernoulli({ logits: 0 }).iid(20), (z) => Bernoulli({ logits: units(z) })).guide((x) =>
  Bernoulli({ logits: toUnits(x) })
)
const bits = (rows: number, width: number): ReadonlyArray<number> =>
  Array.from({ length: rows * width }, (_, i) => (Math.sin(i * 12.9898) > 0.2 ? 1 : 0))

const fromLabels = Net.mlp([20, 30, 25])
const toLabels = Net.mlp([25, 30, 20])
const labels = model(OneHotCategorical({ logits: Tensor.of([4, 5], tf.zeros([4, 5])) }), (z) =>
  Bernoulli({ logits: fromLabels(Tensor.of([20], tf.reshape(z, [20]))) })
).guide((x) => OneHotCategorical({ logits: Tensor.of([4, 5], tf.reshape(toLabels(x), [4, 5])) }))

const mixture = program(function* () {
  const means = yield* sample("means", Normal(0, 5).iid(3))
  yield* plate("rows", function* (_row: Row) {
    const k = yield* sample("k", Categorical({ logits: Tensor.of([3], tf.zeros([3])) }))
    yield* observe("x", Normal(scalar(tf.sum(tf.mul(tf.oneHot(tf.cast(k, "int32"), 3), means))), 1))
  })
}).guide(() => ({
  means: Normal(param("means", [3], [-3, 0, 3]), 0.3),
  rows: () => ({ k: Categorical({ logits: param.row("k", [3]) }) })
}))

const rates = program(function* () {
  const rate = yield* sample("rate", Gamma(2, 1))
  const share = yield* sample("share", Beta(2, 2))
  yield* plate("rows", function* (_row: { readonly n: Tensor<readonly []>; readonly hit: Tensor<readonly []> }) {
    yield* observe("n", Poisson({ rate }))
    yield* observe("hit", Bernoulli({ probs: share }))
  })
}).guide(() => ({
  rate: Gamma(exp(param("rate.a", 1)), exp(param("rate.b", 0))),
  share: Beta(exp(param("share.a", 0.5)), exp(param("share.b", 0.7)))
}))

const apart = program(function* () {
  const z = yield* sample("z", Normal(0, 4))
  yield* plate("rows", function* (_row: Row) {
    yield* observe("x", Normal(z, 4))
  })
}).guide(() => ({
  z: Mixture({ logits: Tensor.of([2], tf.stack([param("weight", 0.3), tf.scalar(0)])) }, [
    Normal(param("left", -4), 0.3),
    Normal(param("right", 4), 0.3)
  ])
}))

const [lower, up] = [Net.mlp([8, 12, 8]), Net.mlp([8, 12, 16])]
const [first, second] = [Net.mlp([16, 12, 8]), Net.mlp([8, 12, 8])]
const layers = program(
  plate("rows", function* (_row: { readonly x: Tensor<readonly [16]> }) {
    const top = yield* sample("top", Bernoulli({ logits: 0 }).iid(8))
    const middle = yield* sample("middle", Bernoulli({ logits: lower(top) }))
    yield* observe("x", Bernoulli({ logits: up(middle) }))
  })
).guideWith(() =>
  plate("rows", function* (row: { readonly x: Tensor<readonly [16]> }) {
    const middle = yield* sample("middle", Bernoulli({ logits: first(row.x) }))
    yield* sample("top", Bernoulli({ logits: second(middle) }))
  })
)

/** The problems of the table: a Gaussian, discrete units, labels, a discrete mixture, families without a location and scale, modes that lie apart, and two layers of units. */
export const problems: ReadonlyArray<MeasuredProblem> = [
  {
    name: "a Gaussian: z ~ N(0, 1)^5, x ~ N(z, 1)",
    measure: (options) => gaussian.measurePromise(Data.of([-0.5, 2, 1, 0.3, -1], [5]), options)
  },
  {
    name: "20 Bernoulli units, a net from and to 25 pixels",
    measure: (options) => coins.measurePromise(Data.of(bits(10, 25), [25]) as never, { ...options, batchSize: 10 })
  },
  {
    name: "4 labels of 5 values, a net from and to 25 pixels",
    measure: (options) => labels.measurePromise(Data.of(bits(10, 25), [25]) as never, { ...options, batchSize: 10 })
  },
  {
    name: "a mixture of three Gaussians, with a label for each row",
    measure: (options) =>
      mixture.measurePromise({ rows: { x: Data.of([-3.2, -2.5, 0.1, 0.4, 2.9, 3.3], []) } }, options)
  },
  {
    name: "Gamma and Beta, counts and hits",
    measure: (options) =>
      rates.measurePromise({ rows: { n: Data.of([1, 3, 2, 4], []), hit: Data.of([1, 0, 1, 1], []) } } as never, options)
  },
  {
    name: "a mixture guide with modes at ±4",
    measure: (options) => apart.measurePromise({ rows: { x: Data.of([1, 2, 3], []) } }, options)
  },
  {
    name: "two layers of 8 binary units below 16 pixels",
    measure: (options) =>
      layers.measurePromise({ rows: { x: Data.of(bits(10, 16), [16]) } } as never, { ...options, batchSize: 10 })
  }
]
