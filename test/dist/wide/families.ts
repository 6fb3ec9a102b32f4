import * as tf from "@tensorflow/tfjs"
import { AsymmetricLaplace } from "../../../src/dist/AsymmetricLaplace.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { BetaBinomial } from "../../../src/dist/BetaBinomial.ts"
import { Binomial } from "../../../src/dist/Binomial.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Cauchy } from "../../../src/dist/Cauchy.ts"
import { Chi2 } from "../../../src/dist/Chi2.ts"
import { ContinuousBernoulli } from "../../../src/dist/ContinuousBernoulli.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { DirichletMultinomial } from "../../../src/dist/DirichletMultinomial.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { GaussianRandomWalk } from "../../../src/dist/GaussianRandomWalk.ts"
import { GeneralizedPareto } from "../../../src/dist/GeneralizedPareto.ts"
import { Geometric } from "../../../src/dist/Geometric.ts"
import { Gumbel } from "../../../src/dist/Gumbel.ts"
import { HalfCauchy } from "../../../src/dist/HalfCauchy.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { HalfStudentT } from "../../../src/dist/HalfStudentT.ts"
import { InverseGamma } from "../../../src/dist/InverseGamma.ts"
import { Kumaraswamy } from "../../../src/dist/Kumaraswamy.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { LKJCholesky } from "../../../src/dist/LKJCholesky.ts"
import { Logistic } from "../../../src/dist/Logistic.ts"
import { LogitNormal } from "../../../src/dist/LogitNormal.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { LowRankMultivariateNormal } from "../../../src/dist/LowRankMultivariateNormal.ts"
import { Multinomial } from "../../../src/dist/Multinomial.ts"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { MultivariateStudentT } from "../../../src/dist/MultivariateStudentT.ts"
import { NegativeBinomial } from "../../../src/dist/NegativeBinomial.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OrderedLogistic } from "../../../src/dist/OrderedLogistic.ts"
import { Pareto } from "../../../src/dist/Pareto.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { RelaxedBernoulli } from "../../../src/dist/RelaxedBernoulli.ts"
import { SkewNormal } from "../../../src/dist/SkewNormal.ts"
import { StudentT } from "../../../src/dist/StudentT.ts"
import { Triangular } from "../../../src/dist/Triangular.ts"
import { TruncatedNormal } from "../../../src/dist/TruncatedNormal.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { Weibull } from "../../../src/dist/Weibull.ts"
import { Wishart } from "../../../src/dist/Wishart.ts"
import { ZeroInflatedPoisson } from "../../../src/dist/ZeroInflatedPoisson.ts"
import { Zipf } from "../../../src/dist/Zipf.ts"
import { type Tensor, typed } from "../../../src/tensor/Tensor.ts"

/** Parameters in the order of the fixture, a number for each of several distributions, or scalars of one. */
type Numbers = Tensor<readonly [number]>
export type Make = (a: Numbers, b: Numbers, c: Numbers, d: Numbers) => Dist

const vector = (...parts: ReadonlyArray<Numbers>): Tensor<readonly [number, number]> => typed(tf.stack([...parts], -1))

/** A matrix of two rows for each of several distributions. */
const matrix = (...rows: readonly [tf.Tensor, tf.Tensor]): Tensor<readonly [number, number, number]> =>
  typed(tf.stack([...rows], -2))

/** A number times the identity. */
const scaled = (order: number, scale: Numbers): Tensor<readonly [number, number, number]> =>
  typed(tf.mul(tf.eye(order), tf.expandDims(tf.expandDims(scale, -1), -1)))

/** The count of one law, which has no dimension. */
const one = (count: Numbers): number => count.dataSync()[0] ?? Number.NaN

/** How the fixture's families are made. */
export const families: Readonly<Record<string, Make>> = {
  Gamma: (a, b) => Gamma(a, b),
  Chi2: (a) => Chi2(a),
  InverseGamma: (a, b) => InverseGamma(a, b),
  Beta: (a, b) => Beta(a, b),
  BetaBinomial: (n, a, b) => BetaBinomial(n, a, b),
  StudentT: (df, loc, scale) => StudentT(df, loc, scale),
  HalfStudentT: (df, scale) => HalfStudentT(df, scale),
  MultivariateStudentT: (df, scale) => MultivariateStudentT(df, 0, scaled(3, scale)),
  VonMises: (loc, concentration) => VonMises(loc, concentration),
  Weibull: (scale, concentration) => Weibull(scale, concentration),
  Kumaraswamy: (a, b) => Kumaraswamy(a, b),
  Pareto: (scale, concentration) => Pareto(scale, concentration),
  GeneralizedPareto: (loc, scale, concentration) => GeneralizedPareto(loc, scale, concentration),
  NegativeBinomial: (count, mean) => NegativeBinomial({ count, mean }),
  NegativeBinomialProbs: (count, probs) => NegativeBinomial({ count, probs }),
  Binomial: (n, probs) => Binomial(n, { probs }),
  ContinuousBernoulli: (logits) => ContinuousBernoulli({ logits }),
  AsymmetricLaplace: (loc, scale, asymmetry) => AsymmetricLaplace(loc, scale, asymmetry),
  Gumbel: (loc, scale) => Gumbel(loc, scale),
  HalfCauchy: (scale) => HalfCauchy(scale),
  Triangular: (high, peak) => Triangular(0, high, peak),
  RelaxedBernoulli: (temperature, logits) => RelaxedBernoulli(temperature, { logits }),
  ZeroInflatedPoisson: (rate, probs) => ZeroInflatedPoisson({ rate }, { probs }),
  OrderedLogistic: (predictor, cut, width) => OrderedLogistic(predictor, typed(tf.concat([cut, tf.add(cut, width)]))),
  Categorical: (a, b, c) => Categorical({ logits: vector(a, b, c) }),
  BernoulliLogits: (logits) => Bernoulli({ logits }),
  GeometricLogits: (logits) => Geometric({ logits }),
  BinomialLogits: (n, logits) => Binomial(n, { logits }),
  NegativeBinomialLogits: (count, logits) => NegativeBinomial({ count, logits }),
  Poisson: (rate) => Poisson({ rate }),
  Multinomial: (n, p, q) => Multinomial(one(n), { probs: vector(p, q) }),
  MultinomialLogits: (n, p, q) => Multinomial(one(n), { logits: vector(p, q) }),
  PoissonLogRate: (logRate) => Poisson({ logRate }),
  Zipf: (exponent) => Zipf(exponent),
  SkewNormal: (loc, scale, skewness) => SkewNormal(loc, scale, skewness),
  LogNormal: (loc, scale) => LogNormal(loc, scale),
  LogitNormal: (loc, scale) => LogitNormal(loc, scale),
  Logistic: (loc, scale) => Logistic(loc, scale),
  TruncatedNormal: (loc, scale) => TruncatedNormal(loc, scale, 1, Number.POSITIVE_INFINITY),
  Dirichlet: (a, b, c) => Dirichlet(vector(a, b, c)),
  DirichletMultinomial: (n, a, b, c) => DirichletMultinomial(one(n), vector(a, b, c)),
  LKJCholesky: (concentration) => LKJCholesky(3, concentration),
  Exponential: (rate) => Exponential(rate),
  Uniform: () => Uniform(0, 1),
  HalfNormal: (scale) => HalfNormal(scale),
  Normal: (loc, scale) => Normal(loc, scale),
  DiagonalNormal: (loc, scale) => Normal(vector(loc, typed(tf.neg(loc))), vector(scale, typed(tf.mul(2, scale)))),
  GaussianRandomWalk: (loc, scale) => GaussianRandomWalk(scale, 3, loc),
  MultivariateNormal: (loc, a, b, c) =>
    MultivariateNormal(vector(loc, typed(tf.neg(loc))), {
      scaleTril: matrix(tf.stack([a, tf.zerosLike(a)], -1), tf.stack([b, c], -1))
    }),
  LowRankMultivariateNormal: (loc, factor, diagonal) =>
    LowRankMultivariateNormal(
      vector(loc, typed(tf.neg(loc))),
      matrix(tf.expandDims(factor, -1), tf.expandDims(tf.mul(2, factor), -1)),
      vector(diagonal, typed(tf.mul(3, diagonal)))
    ),
  Laplace: (loc, scale) => Laplace(loc, scale),
  Cauchy: (loc, scale) => Cauchy(loc, scale),
  Bernoulli: (probs) => Bernoulli({ probs }),
  Geometric: (probs) => Geometric({ probs }),
  Wishart: (df, scale) => Wishart(df, scaled(2, scale))
}

/** Families whose first parameter is a count, by which there is no gradient. */
export const counted: ReadonlyArray<string> = [
  ...["BetaBinomial", "Binomial", "BinomialLogits"],
  ...["Multinomial", "MultinomialLogits", "DirichletMultinomial"]
]

/** Families of one count, or one row of cutpoints, for all values. */
export const ofOneCount: ReadonlyArray<string> = [
  ...["Multinomial", "MultinomialLogits", "DirichletMultinomial"],
  "OrderedLogistic"
]

/** Families of matrices whose first number is a constant: their last is judged. */
export const byLast: ReadonlyArray<string> = ["LKJCholesky"]
