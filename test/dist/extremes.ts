import * as tf from "@tensorflow/tfjs"
import type { catalogue } from "../../src/dist/catalogue.ts"
import type { Dist } from "../../src/dist/Dist.ts"
import * as latent from "../../src/index.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"

const vector = (...values: ReadonlyArray<number>): Tensor<readonly [number]> =>
  Tensor.of([values.length], tf.tensor1d([...values]))

const lower = (diagonal: number): Tensor<readonly [number, number]> =>
  Tensor.of([2, 2], tf.tensor2d([diagonal, 0, 0.5 * diagonal, diagonal], [2, 2]))

type Make = (size: number) => Dist

/**
 * Each family with one of its parameters at a given size, from 1e-3 to 1e4, and the others of moderate size. `undefined` where a family has no
 * draws, or no parameter that has a size.
 */
export const sized: Readonly<Record<keyof typeof catalogue, ReadonlyArray<Make>>> = {
  AsymmetricLaplace: [(s) => latent.AsymmetricLaplace(0, s, 1), (s) => latent.AsymmetricLaplace(0, 1, s)],
  Bernoulli: [(s) => latent.Bernoulli({ logits: s }), (s) => latent.Bernoulli({ logits: -s })],
  Beta: [(s) => latent.Beta(s, s), (s) => latent.Beta(s, 1), (s) => latent.Beta(1, s)],
  BetaBinomial: [
    (s) => latent.BetaBinomial(20, s, s),
    (s) => latent.BetaBinomial(20, s, 1),
    (s) => latent.BetaBinomial(20, 1, s)
  ],
  Binomial: [(s) => latent.Binomial(20, { logits: s }), (s) => latent.Binomial(Math.ceil(s), { probs: 0.3 })],
  Categorical: [(s) => latent.Categorical({ logits: vector(0, s, -s) })],
  Cauchy: [(s) => latent.Cauchy(0, s)],
  Chi2: [(s) => latent.Chi2(s)],
  ContinuousBernoulli: [
    (s) => latent.ContinuousBernoulli({ logits: s }),
    (s) => latent.ContinuousBernoulli({ logits: -s })
  ],
  Delta: [(s) => latent.Delta(s)],
  Dirichlet: [(s) => latent.Dirichlet(vector(s, s, s)), (s) => latent.Dirichlet(vector(s, 1, 1))],
  DirichletMultinomial: [
    (s) => latent.DirichletMultinomial(20, vector(s, s, s)),
    (s) => latent.DirichletMultinomial(20, vector(s, 1, 1))
  ],
  DiscreteUniform: [(s) => latent.DiscreteUniform(0, Math.ceil(s))],
  Exponential: [(s) => latent.Exponential(s)],
  Gamma: [(s) => latent.Gamma(s, 1), (s) => latent.Gamma(1, s), (s) => latent.Gamma(s, s)],
  GaussianProcess: [(s) => latent.GaussianProcess(vector(0, 1, 2), latent.Kernel.rbf({ lengthscale: 1 }), s)],
  GaussianRandomWalk: [(s) => latent.GaussianRandomWalk(s, 3)],
  GeneralizedPareto: [
    (s) => latent.GeneralizedPareto(0, s, 0.5),
    (s) => latent.GeneralizedPareto(0, 1, s),
    (s) => latent.GeneralizedPareto(0, 1, -s)
  ],
  Geometric: [
    (s) => latent.Geometric({ logits: Math.min(s, 50) }),
    (s) => latent.Geometric({ logits: -Math.min(s, 10) })
  ],
  Gumbel: [(s) => latent.Gumbel(0, s)],
  HalfCauchy: [(s) => latent.HalfCauchy(s)],
  HalfNormal: [(s) => latent.HalfNormal(s)],
  HalfStudentT: [(s) => latent.HalfStudentT(s, 1), (s) => latent.HalfStudentT(3, s)],
  Hypergeometric: [(s) => latent.Hypergeometric(2 * Math.ceil(s), Math.ceil(s), Math.ceil(s))],
  ImproperUniform: [],
  InverseGamma: [(s) => latent.InverseGamma(s, 1), (s) => latent.InverseGamma(1, s), (s) => latent.InverseGamma(s, s)],
  Kumaraswamy: [(s) => latent.Kumaraswamy(s, s), (s) => latent.Kumaraswamy(s, 1), (s) => latent.Kumaraswamy(1, s)],
  Laplace: [(s) => latent.Laplace(0, s)],
  LKJCholesky: [(s) => latent.LKJCholesky(4, s), (s) => latent.LKJCholesky(2, s)],
  Logistic: [(s) => latent.Logistic(0, s)],
  LogisticNormal: [(s) => latent.LogisticNormal(vector(0, 0.5), s)],
  LogitNormal: [(s) => latent.LogitNormal(0, s)],
  LogNormal: [(s) => latent.LogNormal(0, s)],
  LowRankMultivariateNormal: [
    (s) => latent.LowRankMultivariateNormal(0, Tensor.of([2, 1], tf.tensor2d([1, 0.5], [2, 1])), s)
  ],
  Multinomial: [(s) => latent.Multinomial(20, { logits: vector(0, s, -s) })],
  MultivariateNormal: [(s) => latent.MultivariateNormal(0, { scaleTril: lower(s) })],
  MultivariateStudentT: [
    (s) => latent.MultivariateStudentT(s, 0, lower(1)),
    (s) => latent.MultivariateStudentT(3, 0, lower(s))
  ],
  NegativeBinomial: [
    (s) => latent.NegativeBinomial({ count: s, mean: 1 }),
    (s) => latent.NegativeBinomial({ count: 1, mean: s }),
    (s) => latent.NegativeBinomial({ count: s, logits: 1 })
  ],
  Normal: [(s) => latent.Normal(0, s)],
  OneHotCategorical: [(s) => latent.OneHotCategorical({ logits: vector(0, s, -s) })],
  OrderedLogistic: [(s) => latent.OrderedLogistic(s, vector(-1, 1)), (s) => latent.OrderedLogistic(0, vector(-s, s))],
  Pareto: [(s) => latent.Pareto(s, 1), (s) => latent.Pareto(1, s)],
  Poisson: [(s) => latent.Poisson({ rate: s })],
  RelaxedBernoulli: [
    (s) => latent.RelaxedBernoulli(s, { logits: 1 }),
    (s) => latent.RelaxedBernoulli(1, { logits: s })
  ],
  RelaxedOneHotCategorical: [
    (s) => latent.RelaxedOneHotCategorical(s, { logits: vector(0, 1, -1) }),
    (s) => latent.RelaxedOneHotCategorical(1, { logits: vector(0, s, -s) })
  ],
  SkewNormal: [
    (s) => latent.SkewNormal(0, s, 1),
    (s) => latent.SkewNormal(0, 1, s),
    (s) => latent.SkewNormal(0, 1, -s)
  ],
  StraightThroughBernoulli: [(s) => latent.StraightThroughBernoulli(s, { logits: 1 })],
  StraightThroughOneHotCategorical: [(s) => latent.StraightThroughOneHotCategorical(s, { logits: vector(0, 1, -1) })],
  StudentT: [(s) => latent.StudentT(s, 0, 1), (s) => latent.StudentT(3, 0, s)],
  Triangular: [(s) => latent.Triangular(0, s, 0.25 * s), (s) => latent.Triangular(0, s, 0.001 * s)],
  TruncatedNormal: [(s) => latent.TruncatedNormal(0, s, -1, 1), (s) => latent.TruncatedNormal(0, 1, 0, s)],
  Uniform: [(s) => latent.Uniform(0, s), (s) => latent.Uniform(-s, 0)],
  VonMises: [(s) => latent.VonMises(0, s)],
  Weibull: [(s) => latent.Weibull(s, 1), (s) => latent.Weibull(1, s)],
  Wishart: [(s) => latent.Wishart(2 + s, lower(1)), (s) => latent.Wishart(2 + s, lower(s))],
  ZeroInflatedPoisson: [
    (s) => latent.ZeroInflatedPoisson({ rate: s }, { probs: 0.5 }),
    (s) => latent.ZeroInflatedPoisson({ rate: 1 }, { logits: s })
  ],
  Zipf: [(s) => latent.Zipf(1 + s)]
}
