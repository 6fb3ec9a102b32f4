// A library of a user's: what it exports is made of latent's types, which the compiler has to be able to name in its declarations.

import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as latent from "latent"
import {
  Autoregressive,
  add,
  at,
  Bernoulli,
  Beta,
  Categorical,
  Censored,
  cumsum,
  Data,
  Dirichlet,
  dot,
  Engine,
  Exponential,
  exp,
  Flow,
  Gamma,
  GaussianRandomWalk,
  HalfNormal,
  HiddenMarkovModel,
  Kernel,
  Key,
  klDivergence,
  LKJCholesky,
  MarkovChain,
  Masked,
  Mixture,
  Multinomial,
  MultivariateNormal,
  matmul,
  model,
  mul,
  Net,
  Normal,
  Optimizer,
  observe,
  Product,
  param,
  plate,
  program,
  renyiDivergence,
  reshape,
  StraightThroughBernoulli,
  sample,
  slice,
  stack,
  sum,
  Tensor,
  Transform,
  Transformed,
  Truncated,
  transpose,
  Uniform,
  Wishart,
  ZeroInflated
} from "latent"

export const encoder = Net.mlp([784, 400, 40])
export const decoder = Net.mlp([20, 400, 784])
export const waiting = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z), soft: true }))
export const vae = waiting.guide((x) => Normal.fromLocLogVariance(encoder(x)))
export const plan = vae.explain()
export const fit = Effect.gen(function* () {
  const { train } = yield* Data.mnist
  return yield* vae.fit(train.images, { epochs: 1 })
})
export const fitNow = () => vae.fitPromise(Data.ofBytes(new Uint8Array(784), [784]))
export const fits = vae.fitStream(Data.ofBytes(new Uint8Array(784), [784]))
export const digits = Effect.flatMap(fit, (fitted) => fitted.generate(4))
export const codes = (images: latent.Dataset<readonly [784], "unitInterval">) =>
  Effect.flatMap(fit, (fitted) => fitted.encode(images))

export const weights = sample("w", Normal(0, 1).iid(3))
export const rows = plate("rows", (row: { x: Tensor<[3]> }) =>
  Effect.gen(function* () {
    const w = yield* weights
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* observe("y", Normal(dot(row.x, w), sigma))
  })
)
export const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
export const generated = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(3))
  const offsets = yield* sample("offsets", Normal(0, 1).iid(8))
  yield* plate("rows", function* (row: { x: Tensor<[3]>; group: Tensor<[]> }) {
    yield* observe("y", Normal(add(dot(row.x, w), at(offsets, row.group)), 1))
  })
})
export const generatedGuide = generated.guideWith(function* () {
  yield* sample("w", Normal(param("w.loc", [3]), param.positive("w.scale", [3])))
  yield* sample("offsets", Normal(param("offsets.loc", [8]), 1))
})
export const guide = () => ({
  w: Normal(param("w.loc", [3]), param.positive("w.scale", [3])),
  sigma: Gamma(param.positive("a", 1), param.positive("b", 1))
})
export const guided = regression.guide(guide)
export const structured = () =>
  Effect.gen(function* () {
    const sigma = yield* sample("sigma", Gamma(param.positive("a", 1), param.positive("b", 1)))
    yield* sample("w", Normal(param("w.loc", [3]), sigma))
  })
export const structurally = regression.guideWith(structured)
export const fitted = guided.fit({ rows: { x: Data.of([1, 2, 3], [3]), y: Data.of([1], []) } })
export const draws = Effect.flatMap(fitted, (each) => each.sample(3))

export const local = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    yield* plate("points", () =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("y", Normal(z, 1))
      })
    )
  })
).guide(() => ({ mu: Normal(param("mu", 0), 1), points: (row) => ({ z: Normal(row.y, 1) }) }))

export const person = Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) })
export const people = program(plate("people", () => observe("person", person)))
export const latentPerson = program(sample("person", person)).guide(() => ({ person }))

// steps of pipes, whose types wait for their operand
export const half = mul(0.5)
export const total = sum(0)
export const first = at(0)
export const head = slice(0, 2)
export const running = cumsum(-1)
export const times = matmul(stack([1, 2]))
export const inner = dot(stack([1, 2]))
export const asSquare = reshape([2, 2])
export const flipped = <A extends Tensor>(x: A) => transpose(x)
export const scaled = <S extends latent.Shape>(x: Tensor<S>) => mul(exp(x), 2)

const two = Tensor.of([2], tf.tensor1d([0.5, 0.5]))
const square = Tensor.of([2, 2], tf.eye(2))
export const beta = Beta(1, 2)
export const shares = Dirichlet(two)
export const normals = MultivariateNormal(two, { covariance: square })
export const walk = GaussianRandomWalk(0, 1, 9)
export const category = Categorical({ logits: two })
export const votes = Multinomial(5, { logits: two })
export const correlations = LKJCholesky(3, 1)
export const covariance = Wishart(5, square)
export const coin = StraightThroughBernoulli(0.5, { logits: 0 })
export const copies = Uniform(0, 1).iid(3).iid(2)
export const quantile = Normal(0, 1).icdf
export const mixture = Mixture({ logits: two }, [Normal(-1, 1), Normal(1, 1)])
export const alike = Mixture({ logits: two }, Normal(two, 1))
export const truncated = Truncated(Normal(0, 1), -1, 1)
export const censored = Censored(Exponential(1), 0, 3)
export const inflated = ZeroInflated(Bernoulli({ logits: two }), { probs: 0.5 })
export const masked = Masked(Normal(two, 1), two)
export const series = Autoregressive({ coefficients: two, scale: 1, steps: 9 })
export const chain = MarkovChain({ initial: two, transition: square, steps: 7 })
export const hidden = HiddenMarkovModel({ initial: two, transition: square, steps: 7 }, Normal(two, 1))
export const squashed = Transformed(Normal(0, 1).iid(2), Transform.chain(Transform.sigmoid, Transform.affine(2, 3)))
export const flow = Transformed(Normal(0, 1).iid(2), Flow.iaf(Net.mlp([2, 8, 4])))
export const planar = Flow.planar
export const masks = Flow.masks([2, 8, 4])
export const transforms = Transform
export const flows = Flow
export const kernel = Kernel
export const divergence = klDivergence(Normal(0, 1), Normal(1, 1))
export const renyi = renyiDivergence(Normal(0, 1), Normal(1, 1), 0.5)
export const key = Key.of(0, "z")

export const grey = Data.ofBytes(new Uint8Array(4), [2])
export const binary = Data.binarize(grey)
export const pairs = Data.of([
  [1, 2],
  [3, 4]
])
export const some = Data.take(pairs, 1)
export const mnist = Data.mnist
export const images = Data.idx("images")
export const engine = Engine.auto
export const optimizer = Optimizer.adam(1e-3)
export const ask = Effect.map(Engine, (each) => each.compile)
export const everything = latent
