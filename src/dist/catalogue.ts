import * as tf from "@tensorflow/tfjs"
import { Tensor } from "../tensor/Tensor.ts"
import { AsymmetricLaplace } from "./AsymmetricLaplace.ts"
import { Bernoulli } from "./Bernoulli.ts"
import { Beta } from "./Beta.ts"
import { BetaBinomial } from "./BetaBinomial.ts"
import { Binomial } from "./Binomial.ts"
import { Categorical } from "./Categorical.ts"
import { Cauchy } from "./Cauchy.ts"
import { Chi2 } from "./Chi2.ts"
import { ContinuousBernoulli } from "./ContinuousBernoulli.ts"
import { Delta } from "./Delta.ts"
import { Dirichlet } from "./Dirichlet.ts"
import { DirichletMultinomial } from "./DirichletMultinomial.ts"
import { DiscreteUniform } from "./DiscreteUniform.ts"
import type { Dist } from "./Dist.ts"
import { Exponential } from "./Exponential.ts"
import { Gamma } from "./Gamma.ts"
import { GaussianProcess } from "./GaussianProcess.ts"
import { GaussianRandomWalk } from "./GaussianRandomWalk.ts"
import { GeneralizedPareto } from "./GeneralizedPareto.ts"
import { Geometric } from "./Geometric.ts"
import { Gumbel } from "./Gumbel.ts"
import { HalfCauchy } from "./HalfCauchy.ts"
import { HalfNormal } from "./HalfNormal.ts"
import { HalfStudentT } from "./HalfStudentT.ts"
import { Hypergeometric } from "./Hypergeometric.ts"
import { ImproperUniform } from "./ImproperUniform.ts"
import { InverseGamma } from "./InverseGamma.ts"
import { Kernel } from "./Kernel.ts"
import { Kumaraswamy } from "./Kumaraswamy.ts"
import { Laplace } from "./Laplace.ts"
import { LKJCholesky } from "./LKJCholesky.ts"
import { Logistic } from "./Logistic.ts"
import { LogisticNormal } from "./LogisticNormal.ts"
import { LogitNormal } from "./LogitNormal.ts"
import { LogNormal } from "./LogNormal.ts"
import { LowRankMultivariateNormal } from "./LowRankMultivariateNormal.ts"
import { Multinomial } from "./Multinomial.ts"
import { MultivariateNormal } from "./MultivariateNormal.ts"
import { MultivariateStudentT } from "./MultivariateStudentT.ts"
import { NegativeBinomial } from "./NegativeBinomial.ts"
import { Normal } from "./Normal.ts"
import { OneHotCategorical } from "./OneHotCategorical.ts"
import { OrderedLogistic } from "./OrderedLogistic.ts"
import { Pareto } from "./Pareto.ts"
import { Poisson } from "./Poisson.ts"
import { RelaxedBernoulli } from "./RelaxedBernoulli.ts"
import { RelaxedOneHotCategorical } from "./RelaxedOneHotCategorical.ts"
import { SkewNormal } from "./SkewNormal.ts"
import { StraightThroughBernoulli } from "./StraightThroughBernoulli.ts"
import { StraightThroughOneHotCategorical } from "./StraightThroughOneHotCategorical.ts"
import { StudentT } from "./StudentT.ts"
import { Triangular } from "./Triangular.ts"
import { TruncatedNormal } from "./TruncatedNormal.ts"
import { Uniform } from "./Uniform.ts"
import { VonMises } from "./VonMises.ts"
import { Weibull } from "./Weibull.ts"
import { Wishart } from "./Wishart.ts"
import { ZeroInflatedPoisson } from "./ZeroInflatedPoisson.ts"
import { Zipf } from "./Zipf.ts"

/** An entry: the heading of the family, and one distribution of it. All other facts about the family are read from that distribution. */
export interface Entry {
  readonly group: "continuous" | "multivariate" | "discrete" | "relaxed"
  readonly example: () => Dist
}

const vector = (...values: ReadonlyArray<number>): Tensor<readonly [number]> =>
  Tensor.of([values.length], tf.tensor1d([...values]))

const matrix = (...rows: ReadonlyArray<ReadonlyArray<number>>): Tensor<readonly [number, number]> => {
  const [first = []] = rows
  return Tensor.of([rows.length, first.length], tf.tensor2d(rows.map((row) => [...row])))
}

/** Every family of this library by its name. Tests, documentation pages and tables iterate over it. */
export const catalogue = {
  AsymmetricLaplace: { group: "continuous", example: () => AsymmetricLaplace(0.5, 2, 0.7) },
  Bernoulli: { group: "discrete", example: () => Bernoulli({ probs: 0.25 }) },
  Beta: { group: "continuous", example: () => Beta(2, 3) },
  BetaBinomial: { group: "discrete", example: () => BetaBinomial(8, 2, 3) },
  Binomial: { group: "discrete", example: () => Binomial(8, { probs: 0.25 }) },
  Categorical: { group: "discrete", example: () => Categorical({ logits: vector(0, 1, -0.5) }) },
  Cauchy: { group: "continuous", example: () => Cauchy(0.5, 2) },
  Chi2: { group: "continuous", example: () => Chi2(4) },
  ContinuousBernoulli: { group: "continuous", example: () => ContinuousBernoulli({ probs: 0.25 }) },
  Delta: { group: "continuous", example: () => Delta(0.5) },
  Dirichlet: { group: "multivariate", example: () => Dirichlet(vector(2, 3, 1.5)) },
  DirichletMultinomial: { group: "discrete", example: () => DirichletMultinomial(5, vector(1, 2, 0.5)) },
  DiscreteUniform: { group: "discrete", example: () => DiscreteUniform(1, 6) },
  Exponential: { group: "continuous", example: () => Exponential(2) },
  Gamma: { group: "continuous", example: () => Gamma(2, 3) },
  GaussianProcess: {
    group: "multivariate",
    example: () => GaussianProcess(vector(0, 0.5, 2), Kernel.rbf({ lengthscale: 1 }), 0.5)
  },
  GaussianRandomWalk: { group: "multivariate", example: () => GaussianRandomWalk(0.5, 4) },
  GeneralizedPareto: { group: "continuous", example: () => GeneralizedPareto(0, 1, 0.25) },
  Geometric: { group: "discrete", example: () => Geometric({ probs: 0.25 }) },
  Gumbel: { group: "continuous", example: () => Gumbel(0.5, 2) },
  HalfCauchy: { group: "continuous", example: () => HalfCauchy(1.5) },
  HalfNormal: { group: "continuous", example: () => HalfNormal(1.5) },
  HalfStudentT: { group: "continuous", example: () => HalfStudentT(4, 1.5) },
  Hypergeometric: { group: "discrete", example: () => Hypergeometric(20, 7, 12) },
  ImproperUniform: { group: "continuous", example: () => ImproperUniform("real", []) },
  InverseGamma: { group: "continuous", example: () => InverseGamma(3, 2) },
  Kumaraswamy: { group: "continuous", example: () => Kumaraswamy(2, 3) },
  Laplace: { group: "continuous", example: () => Laplace(0.5, 2) },
  LKJCholesky: { group: "multivariate", example: () => LKJCholesky(3, 2) },
  Logistic: { group: "continuous", example: () => Logistic(0.5, 2) },
  LogisticNormal: { group: "multivariate", example: () => LogisticNormal(vector(0, 0.5), 1) },
  LogitNormal: { group: "continuous", example: () => LogitNormal(0.5, 1) },
  LogNormal: { group: "continuous", example: () => LogNormal(0, 0.5) },
  LowRankMultivariateNormal: {
    group: "multivariate",
    example: () => LowRankMultivariateNormal(vector(0, 1), matrix([1], [0.5]), 0.5)
  },
  Multinomial: { group: "discrete", example: () => Multinomial(5, { logits: vector(0, 1, -0.5) }) },
  MultivariateNormal: {
    group: "multivariate",
    example: () => MultivariateNormal(vector(0, 1), { scaleTril: matrix([1, 0], [0.5, 2]) })
  },
  MultivariateStudentT: {
    group: "multivariate",
    example: () => MultivariateStudentT(5, vector(0, 1), matrix([1, 0], [0.5, 2]))
  },
  NegativeBinomial: { group: "discrete", example: () => NegativeBinomial({ count: 2, mean: 5 }) },
  Normal: { group: "continuous", example: () => Normal(0.5, 2) },
  OneHotCategorical: { group: "discrete", example: () => OneHotCategorical({ logits: vector(0, 1, -0.5) }) },
  OrderedLogistic: { group: "discrete", example: () => OrderedLogistic(0.5, vector(-1, 0, 2)) },
  Pareto: { group: "continuous", example: () => Pareto(1, 3) },
  Poisson: { group: "discrete", example: () => Poisson({ rate: 4 }) },
  RelaxedBernoulli: { group: "relaxed", example: () => RelaxedBernoulli(0.5, { logits: 1 }) },
  RelaxedOneHotCategorical: {
    group: "relaxed",
    example: () => RelaxedOneHotCategorical(0.5, { logits: vector(0, 1, -0.5) })
  },
  SkewNormal: { group: "continuous", example: () => SkewNormal(0, 1, 3) },
  StraightThroughBernoulli: { group: "relaxed", example: () => StraightThroughBernoulli(0.5, { logits: 1 }) },
  StraightThroughOneHotCategorical: {
    group: "relaxed",
    example: () => StraightThroughOneHotCategorical(0.5, { logits: vector(0, 1, -0.5) })
  },
  StudentT: { group: "continuous", example: () => StudentT(4, 0.5, 2) },
  Triangular: { group: "continuous", example: () => Triangular(-1, 3, 0) },
  TruncatedNormal: { group: "continuous", example: () => TruncatedNormal(0.5, 2, -1, 3) },
  Uniform: { group: "continuous", example: () => Uniform(-1, 3) },
  VonMises: { group: "continuous", example: () => VonMises(0.5, 2) },
  Weibull: { group: "continuous", example: () => Weibull(1.5, 2) },
  Wishart: { group: "multivariate", example: () => Wishart(4, matrix([1, 0], [0.5, 2])) },
  ZeroInflatedPoisson: { group: "discrete", example: () => ZeroInflatedPoisson({ rate: 4 }, { probs: 0.25 }) },
  Zipf: { group: "discrete", example: () => Zipf(2.5) }
} as const satisfies Readonly<Record<string, Entry>>
