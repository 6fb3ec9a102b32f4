export type { ColumnSchema, Columns, Labelled } from "./data/columns.ts"
export type { CsvOptions, CsvSchema } from "./data/csv.ts"
export { Data } from "./data/Data.ts"
export type { Binarize, Dataset } from "./data/Dataset.ts"
// Types of which those above are made, so that a program that exports a model, a guide or a distribution can have its declarations written.
export type { MissingRows } from "./data/missingRows.ts"
export type { Digits, Mnist } from "./data/mnist.ts"
export type { NpyChoice, NpyOptions } from "./data/npy.ts"
export type { Numbers, Rows } from "./data/numbers.ts"
export type { CsvStream, CsvStreamOptions } from "./data/stream/csvStream.ts"
export type { NpyFile, NpyStreamOptions } from "./data/stream/npyStream.ts"
export type {
  RowStream,
  RowsSource,
  StreamedField,
  StreamedFields,
  StreamedPiece,
  StreamedRow,
  StreamField,
  StreamOptions
} from "./data/stream/RowStream.ts"
export { AsymmetricLaplace } from "./dist/AsymmetricLaplace.ts"
export { Bernoulli } from "./dist/Bernoulli.ts"
export { Beta } from "./dist/Beta.ts"
export { BetaBinomial } from "./dist/BetaBinomial.ts"
export { Binomial } from "./dist/Binomial.ts"
export { Categorical } from "./dist/Categorical.ts"
export { Cauchy } from "./dist/Cauchy.ts"
export { Chi2 } from "./dist/Chi2.ts"
export { ContinuousBernoulli } from "./dist/ContinuousBernoulli.ts"
export { Autoregressive, type Regression } from "./dist/combine/Autoregressive.ts"
export { Censored } from "./dist/combine/Censored.ts"
export type { Chain as ChainOf } from "./dist/combine/chain.ts"
export { type Hidden, HiddenMarkovModel } from "./dist/combine/HiddenMarkovModel.ts"
export { MarkovChain } from "./dist/combine/MarkovChain.ts"
export { Masked } from "./dist/combine/Masked.ts"
export { Mixture } from "./dist/combine/Mixture.ts"
export type { ValuesOf } from "./dist/combine/Product.ts"
export { Product } from "./dist/combine/Product.ts"
export { Truncated } from "./dist/combine/Truncated.ts"
export { ZeroInflated } from "./dist/combine/ZeroInflated.ts"
export { Delta } from "./dist/Delta.ts"
export { Dirichlet } from "./dist/Dirichlet.ts"
export { DirichletMultinomial } from "./dist/DirichletMultinomial.ts"
export { DiscreteUniform } from "./dist/DiscreteUniform.ts"
export type { ClosedForms, Dist, Gradient, Has, Quantiles, Tails, Way } from "./dist/Dist.ts"
export { crossEntropy } from "./dist/divergence/crossEntropy.ts"
export type { InTable } from "./dist/divergence/kl/listed.ts"
export { klDivergence, klMonteCarlo } from "./dist/divergence/kl.ts"
export { renyiDivergence } from "./dist/divergence/renyi.ts"
export { Exponential } from "./dist/Exponential.ts"
export type { VectorNet } from "./dist/flow/conditional.ts"
export type { Flow as FlowTransform } from "./dist/flow/flow.ts"
export { Flow } from "./dist/flow/index.ts"
export type { Mask } from "./dist/flow/made.ts"
export type { LabelsOf, Weights } from "./dist/formula/label.ts"
export type { Fits, VectorsOf } from "./dist/formula/vectorShape.ts"
export { Gamma } from "./dist/Gamma.ts"
export { GaussianProcess } from "./dist/GaussianProcess.ts"
export { GaussianRandomWalk } from "./dist/GaussianRandomWalk.ts"
export { GeneralizedPareto } from "./dist/GeneralizedPareto.ts"
export { Geometric } from "./dist/Geometric.ts"
export { Gumbel } from "./dist/Gumbel.ts"
export { type Generalized, generalizedBeta, generalizedGamma } from "./dist/generalized.ts"
export { HalfCauchy } from "./dist/HalfCauchy.ts"
export { HalfNormal } from "./dist/HalfNormal.ts"
export { HalfStudentT } from "./dist/HalfStudentT.ts"
export { Hypergeometric } from "./dist/Hypergeometric.ts"
export { ImproperUniform } from "./dist/ImproperUniform.ts"
export { InverseGamma } from "./dist/InverseGamma.ts"
export { Kernel, type Stationary } from "./dist/Kernel.ts"
export { Kumaraswamy } from "./dist/Kumaraswamy.ts"
export { Laplace } from "./dist/Laplace.ts"
export { LKJCholesky } from "./dist/LKJCholesky.ts"
export { Logistic } from "./dist/Logistic.ts"
export { LogisticNormal } from "./dist/LogisticNormal.ts"
export { LogitNormal } from "./dist/LogitNormal.ts"
export { LogNormal } from "./dist/LogNormal.ts"
export { LowRankMultivariateNormal } from "./dist/LowRankMultivariateNormal.ts"
export { Multinomial } from "./dist/Multinomial.ts"
export { MultivariateNormal } from "./dist/MultivariateNormal.ts"
export { MultivariateStudentT } from "./dist/MultivariateStudentT.ts"
export { NegativeBinomial, negativeBinomialRate } from "./dist/NegativeBinomial.ts"
export { Normal } from "./dist/Normal.ts"
export type { Odds } from "./dist/Odds.ts"
export { OneHotCategorical } from "./dist/OneHotCategorical.ts"
export { OrderedLogistic } from "./dist/OrderedLogistic.ts"
export { Pareto } from "./dist/Pareto.ts"
export { Poisson, type Rate } from "./dist/Poisson.ts"
export { RelaxedBernoulli } from "./dist/RelaxedBernoulli.ts"
export { RelaxedOneHotCategorical } from "./dist/RelaxedOneHotCategorical.ts"
export { SkewNormal } from "./dist/SkewNormal.ts"
export { StraightThroughBernoulli } from "./dist/StraightThroughBernoulli.ts"
export { StraightThroughOneHotCategorical } from "./dist/StraightThroughOneHotCategorical.ts"
export { StudentT } from "./dist/StudentT.ts"
export type { Support } from "./dist/Support.ts"
export type { TransformedDist } from "./dist/Transformed.ts"
export { Transformed } from "./dist/Transformed.ts"
export { Triangular } from "./dist/Triangular.ts"
export { TruncatedNormal } from "./dist/TruncatedNormal.ts"
export type { affine } from "./dist/transform/affine.ts"
export type { Chain } from "./dist/transform/chain.ts"
export type { Elementwise } from "./dist/transform/elementwise.ts"
export { Transform } from "./dist/transform/index.ts"
export type { Inverse } from "./dist/transform/inverse.ts"
export type { permute } from "./dist/transform/permute.ts"
export type { reshape as reshapeTransform } from "./dist/transform/reshape.ts"
export type { ShapeAfter, ShapeRule } from "./dist/transform/shapes.ts"
export type { Direction, Fixed, Image, Linear, Transform as Bijection } from "./dist/transform/Transform.ts"
export { Uniform } from "./dist/Uniform.ts"
export { VonMises } from "./dist/VonMises.ts"
export { Weibull } from "./dist/Weibull.ts"
export { Wishart } from "./dist/Wishart.ts"
export { ZeroInflatedPoisson } from "./dist/ZeroInflatedPoisson.ts"
export { Zipf } from "./dist/Zipf.ts"
export * from "./Errors.ts"
export type { Arrays, Bindings, Engine as EngineService, Hint, Loop, Session, Table } from "./engine/Engine.ts"
export type { EngineChoice } from "./engine/EngineChoice.ts"
export { Engine } from "./engine/index.ts"
export type * from "./infer/diagnose/index.ts"
export * from "./infer/estimator/index.ts"
export type { Accuracy, Descended, MeanError } from "./infer/fit/accuracy/Accuracy.ts"
export type { Checkpoint, FitOptions } from "./infer/fit/options.ts"
export { type EpochReport, epochLine, type Output, type Progress, report } from "./infer/fit/progress.ts"
export type { Promised } from "./infer/fit/promised.ts"
export { type PlateauOptions, Stop, type StoppingRule } from "./infer/fit/Stop.ts"
export type { Start } from "./infer/fit/startingAt.ts"
export type { Warning } from "./infer/fit/warnings.ts"
export type { ArvizOptions } from "./infer/fitted/arviz.ts"
export type { AllDraws, GlobalSites, GlobalValues, LogLikelihood, Simulated } from "./infer/fitted/draws.ts"
export type { ExportOptions, Exports } from "./infer/fitted/exported.ts"
export type {
  DrawOptions,
  ElboParts,
  EstimateOptions,
  Fitted,
  GlobalDraws,
  PosteriorDraws,
  Result,
  SaveArvizOptions,
  SummaryOptions
} from "./infer/fitted/fitted.ts"
export { type LatentValues, type LogJointOptions, logJoint } from "./infer/fitted/logJoint.ts"
export type { Draws } from "./infer/fitted/posterior.ts"
export { type Predicting, type PredictOptions, predict } from "./infer/fitted/predict.ts"
export { type Picture, render } from "./infer/fitted/render.ts"
export type * from "./infer/fitted/reportData.ts"
export { type ReportFitOptions, type ReportOptions, type ReportPage, reportPage } from "./infer/fitted/reportPage.ts"
export { type SimulateOptions, simulate } from "./infer/fitted/simulate.ts"
export { type Shapes, type StructureInputs, shapes } from "./infer/fitted/siteShapes.ts"
export type { SiteStructure } from "./infer/fitted/structure.ts"
export type { SiteSummary, Summarised, SummariseOptions, Summary } from "./infer/fitted/summarise.ts"
export { summarise } from "./infer/fitted/summarise.ts"
export { type TraceOptions, trace } from "./infer/fitted/traceProgram.ts"
export type { Convergence, ConvergenceRow } from "./infer/mcmc/convergence.ts"
export type { Mixing } from "./infer/mcmc/diagnostics.ts"
export type { GibbsDraws, GibbsOptions } from "./infer/mcmc/gibbs/GibbsDraws.ts"
export type { HmcOptions } from "./infer/mcmc/hmcSettings.ts"
export type { MetropolisOptions } from "./infer/mcmc/metropolisSettings.ts"
export type { Approximated, ApproximatedFacts, PathFacts } from "./infer/mcmc/pathfinder/Approximated.ts"
export type { PathfinderOptions, PathfinderProgress } from "./infer/mcmc/pathfinder/pathfinderSettings.ts"
export type { ImportanceDraws, IndependenceDraws, ProposalFacts } from "./infer/mcmc/proposal/Proposed.ts"
export type { ImportanceOptions, IndependenceOptions } from "./infer/mcmc/proposal/proposalSettings.ts"
export type { Sampled, SampledFacts, SampledPosterior, SamplerStatistics } from "./infer/mcmc/Sampled.ts"
export type { MetricKind, NutsOptions, SamplingProgress } from "./infer/mcmc/settings.ts"
export type { SmcOptions, SmcProgress } from "./infer/mcmc/smc/smcSettings.ts"
export type { Tempered, TemperedFacts } from "./infer/mcmc/smc/Tempered.ts"
export { Objective } from "./infer/objective/index.ts"
export type { FitLength, LogWeight, LogWeightObjective, TermsObjective } from "./infer/objective/Objective.ts"
export type { KlWeight, WarmUp } from "./infer/objective/weighedKl.ts"
export type { Plan, SitePlan } from "./infer/plan/Plan.ts"
export type { AutoOptions } from "./infer/program/automatic.ts"
export { type FittedModel, type GenerateOptions, type GuidedModel, type Model, model } from "./infer/program/model.ts"
export {
  type FittedProgram,
  type GuidedProgram,
  type Posterior,
  type Program,
  program
} from "./infer/program/program.ts"
export type { Proposing } from "./infer/program/proposing.ts"
export type { Sampleable, SteinDraws, SteinFacts, SteinOptions } from "./infer/program/sampling.ts"
export { Optimizer, Schedule } from "./infer/step/Optimizer.ts"
export { type AutoFamily, type BeginningScale, Guide } from "./model/auto/Guide.ts"
export type { FlowKind } from "./model/auto/vectorFlow.ts"
export type { FailsWith, Needs, Part, ResultOf } from "./model/Body.ts"
export { type ChosenOf, cond, type LikeBranch, match } from "./model/choice.ts"
export { type Collected, collect } from "./model/collect.ts"
export type {
  DataFor,
  DataOrStream,
  InitFor,
  Inputs,
  Latents,
  Local,
  Observations,
  OnlySites,
  SiteNames,
  Streamable
} from "./model/Guided.ts"
export type { Blocked, LatentNames } from "./model/handler/block.ts"
export { block } from "./model/handler/block.ts"
export { condition } from "./model/handler/condition.ts"
export type { Answers, Question, ValueNames, WithTwins } from "./model/handler/counterfactual.ts"
export { counterfactual } from "./model/handler/counterfactual.ts"
export { intervene } from "./model/handler/intervene.ts"
export { type LiftedSites, lift } from "./model/handler/lift.ts"
export { mask } from "./model/handler/mask.ts"
export type { CheckWays, Reparameterization, Reparameterized, Ways } from "./model/handler/reparam.ts"
export { Reparam, reparam } from "./model/handler/reparam.ts"
export type { Replayed, Trace, TracedSite, TracedValues } from "./model/handler/replayTrace.ts"
export { replay } from "./model/handler/replayTrace.ts"
export type { Runnable } from "./model/handler/runnable.ts"
export { scale } from "./model/handler/scale.ts"
export { seed } from "./model/handler/seed.ts"
export { substitute } from "./model/handler/substitute.ts"
export type { Conditioned, Intervened, KnownSites, ValueAt, Values } from "./model/handler/values.ts"
export { imputed, marginal, masked } from "./model/incomplete.ts"
export { filled, type Missing, seen } from "./model/missingValue.ts"
export type { Activation } from "./model/net/activation.ts"
export type { ConvOptions, Pixels } from "./model/net/conv2d.ts"
export type { FromLayersOptions } from "./model/net/fromLayers.ts"
export { Net } from "./model/net/index.ts"
export type { Initialiser, Layer, LayerOptions } from "./model/net/layer.ts"
export type { Sequence } from "./model/net/sequence.ts"
export { type NamedParam, param } from "./model/Param.ts"
export { type CarryOf, type FirstCarry, scan } from "./model/recurrence.ts"
export type {
  AnyLatent,
  Choosable,
  Deterministic,
  Enumerated,
  Factor,
  Latent,
  LatentsAt,
  Movable,
  Observed,
  ObservedAt,
  Open,
  Plate,
  Scored,
  ScoredAt,
  SitesOf,
  Value
} from "./model/Site.ts"
export { deterministic, enumerate, factor, observe, plate, sample } from "./model/Site.ts"
export type { Chosen } from "./tensor/branch.ts"
export { cholesky, logDetFromCholesky } from "./tensor/linear/cholesky.ts"
export { solveTriangular, type Triangle } from "./tensor/linear/solveTriangular.ts"
export type { Reshape, Reversed } from "./tensor/ops/arrange.ts"
export { reshape, transpose } from "./tensor/ops/arrange.ts"
export type { Binary, Broadcasts, Joined, OfThree } from "./tensor/ops/broadcast.ts"
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where
} from "./tensor/ops/compare.ts"
export type { HasAxis, Without } from "./tensor/ops/dimension.ts"
export type { Slice, Sliced } from "./tensor/ops/join.ts"
export { concat, slice, split, stack } from "./tensor/ops/join.ts"
export type { Difference, Total } from "./tensor/ops/lengths.ts"
export type { Dot, Matmul, Product as ProductOf } from "./tensor/ops/matmul.ts"
export { dot, matmul } from "./tensor/ops/matmul.ts"
export type { Lifted, Operand, ShapeIn, TensorOf } from "./tensor/ops/Operand.ts"
export type { Unary } from "./tensor/ops/ofOne.ts"
export {
  abs,
  cos,
  exp,
  expm1,
  floor,
  log,
  log1p,
  neg,
  relu,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  tanh
} from "./tensor/ops/ofOne.ts"
export { add, div, maximum, minimum, mul, pow, sub } from "./tensor/ops/ofTwo.ts"
export type { At, Picked } from "./tensor/ops/pick.ts"
export { at } from "./tensor/ops/pick.ts"
export type { Cumulative, Reduction } from "./tensor/ops/reduce.ts"
export { cumsum, logSoftmax, logSumExp, max, mean, min, prod, softmax, sum } from "./tensor/ops/reduce.ts"
export { Key } from "./tensor/random.ts"
export type { AllOf, OneOf, ScanOptions, Step, Tensors } from "./tensor/scan.ts"
export { besselRatio, logI0, logI1 } from "./tensor/special/bessel.ts"
export { lbeta } from "./tensor/special/beta.ts"
export { betainc, betaincc } from "./tensor/special/betainc.ts"
export { erf, erfc } from "./tensor/special/erf.ts"
export { digamma, lgamma, polygamma } from "./tensor/special/gamma.ts"
export { gammainc, gammaincc } from "./tensor/special/gammainc.ts"
export type { Bounds } from "./tensor/special/insideOf.ts"
export { densityInside, insideOf } from "./tensor/special/insideOf.ts"
export { logBetainc, logBetaincc } from "./tensor/special/logBetainc.ts"
export { logGammainc, logGammaincc } from "./tensor/special/logGammainc.ts"
export { log1mexp, logaddexp, logit, softplusInverse, xlog1py, xlogy } from "./tensor/special/logs.ts"
export { erfinv, logNdtr, ndtri } from "./tensor/special/normal.ts"
export type { Alike, Even, Half, Param, Refused, ShapeOf, ShowShape } from "./tensor/Tensor.ts"
export { type Shape, Tensor } from "./tensor/Tensor.ts"
