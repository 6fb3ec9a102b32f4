import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { lessThanExpected, polyaLogMass } from "../../src/dist/formula/polya.ts"
import { Binomial } from "../../src/tensor/draws/binomial.ts"
import { LogStandardGamma } from "../../src/tensor/draws/gamma.ts"
import { Poisson } from "../../src/tensor/draws/poisson.ts"
import { VonMises, VonMisesSlope } from "../../src/tensor/draws/vonMises.ts"
import { besselRatio, besselRest, logI0, logI0Rest } from "../../src/tensor/special/bessel.ts"
import { lbeta } from "../../src/tensor/special/beta.ts"
import { betaLogDensity } from "../../src/tensor/special/betaDensity.ts"
import { betainc, betaincByA, betaincByB, betaincc } from "../../src/tensor/special/betainc.ts"
import { closeDeviance } from "../../src/tensor/special/closeDeviance.ts"
import { coinExcess } from "../../src/tensor/special/coinExcess.ts"
import { sum } from "../../src/tensor/special/doubled.ts"
import { erf, erfc } from "../../src/tensor/special/erf.ts"
import { digamma, digammaGap, lgamma, polygamma } from "../../src/tensor/special/gamma.ts"
import { gammaLogDensity } from "../../src/tensor/special/gammaDensity.ts"
import { gammainc, gammaincByShape, gammaincc, logQuantileSlope } from "../../src/tensor/special/gammainc.ts"
import { densityInside, insideOf } from "../../src/tensor/special/insideOf.ts"
import { lgammaGap } from "../../src/tensor/special/lgammaGap.ts"
import { LogBetaincSlope, logBetaincc } from "../../src/tensor/special/logBetainc.ts"
import { logDeviance } from "../../src/tensor/special/logDeviance.ts"
import { LogGammaincSlope, logGammaincc } from "../../src/tensor/special/logGammainc.ts"
import { logitLess, logLess, logOneLessPower } from "../../src/tensor/special/logLess.ts"
import { logQuotient } from "../../src/tensor/special/logQuotient.ts"
import { logSumExp } from "../../src/tensor/special/logSumExp.ts"
import { log1mexp, logaddexp, logit, xlog1py, xlogy } from "../../src/tensor/special/logs.ts"
import { coinLogMass, logMass, logOtherMass, logStep, timesLog } from "../../src/tensor/special/masses.ts"
import { negativeBinomialByMean } from "../../src/tensor/special/negativeBinomial.ts"
import { erfinv, logNdtr, ndtri, ndtriOfLogs } from "../../src/tensor/special/normal.ts"
import { isLargest } from "../../src/tensor/special/polyaCell.ts"
import { productLess, productsLess } from "../../src/tensor/special/productLess.ts"
import { runSpecial, type Special } from "../../src/tensor/special/Special.ts"
import { splitAt } from "../../src/tensor/special/splitAt.ts"
import { stirling, stirlingGap } from "../../src/tensor/special/stirling.ts"
import { exactLog, logBetween, logNegLog, logShare } from "../../src/tensor/special/tails.ts"
import { withGradient } from "../../src/tensor/special/withGradient.ts"
import { type Shape, sizeOf } from "../../src/tensor/Tensor.ts"
import type { DType } from "../../src/trace/Graph.ts"
import { markSample, stopGradient } from "../../src/trace/stopGradient.ts"
import { matrixCalls } from "./matrixCalls.ts"
import type { Numbers } from "./onCpu.ts"

/** One operand of a call: its shape, its type, and the interval that its numbers come from. */
export interface Operand {
  readonly shape: Shape
  readonly dtype: DType
  readonly range: readonly [number, number]
}

/** One use of a kernel through tfjs's public function for it. */
export interface Call {
  readonly operands: ReadonlyArray<Operand>
  readonly run: (...tensors: ReadonlyArray<tf.Tensor>) => tf.Tensor
  /** points at which the function has a corner, which finite differences must keep away from */
  readonly corners?: ReadonlyArray<number>
  /** the accuracy of tfjs's own cpu function, where that is worse than float32 rounding */
  readonly accuracy?: number
  /** says which call it is when a property fails */
  readonly [fc.toStringMethod]: () => string
}

const call = (
  operands: ReadonlyArray<Operand>,
  run: (...tensors: ReadonlyArray<tf.Tensor>) => tf.Tensor,
  more: Partial<Call> & { readonly note?: unknown } = {}
): Call => ({
  ...more,
  operands,
  run,
  [fc.toStringMethod]: () =>
    `${operands.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(" ")}${more.note === undefined ? "" : ` ${JSON.stringify(more.note)}`}`
})

type Range = Operand["range"]
const wide: Range = [-3, 3]
const float = (shape: Shape, range: Range = wide): Operand => ({ shape, dtype: "float32", range })
const int = (shape: Shape, range: Range): Operand => ({ shape, dtype: "int32", range })
const bool = (shape: Shape): Operand => ({ shape, dtype: "bool", range: [0, 1] })

const dim = fc.integer({ min: 1, max: 3 })
const shapeOf = (minRank: number, maxRank: number): fc.Arbitrary<Array<number>> =>
  fc.array(dim, { minLength: minRank, maxLength: maxRank })

/** Two shapes that broadcast: each is a full shape less some leading dimensions, with some others 1. */
const pairOfShapes = shapeOf(0, 3).chain((full) =>
  fc.tuple(
    ...[0, 1].map(() =>
      fc
        .tuple(fc.nat(full.length), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
        .map(([drop, ones]) => full.map((n, i) => (ones[i] === true ? 1 : n)).slice(drop))
    )
  )
)

const axisOf = (rank: number): fc.Arbitrary<number> => fc.integer({ min: -rank, max: rank - 1 })

const unit: Range = [0.1, 0.9]

/** A kernel that draws: its parameters broadcast, and so do its arrays of noise but for their last axis. */
const drawing = (
  kernel: Special,
  parameters: ReadonlyArray<Range>,
  noise: ReadonlyArray<readonly [size: number, range: Range]>
): fc.Arbitrary<Call> =>
  pairOfShapes.map(([a = [], b = []]) =>
    call(
      [...parameters.map((range) => float(a, range)), ...noise.map(([size, range]) => float([...b, size], range))],
      (...tensors) => runSpecial(kernel, tensors)
    )
  )

type Unary = (x: tf.Tensor) => tf.Tensor
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

const unary = (f: Unary, range: Range = wide, more: Partial<Call> = {}): fc.Arbitrary<Call> =>
  shapeOf(0, 3).map((shape) => call([float(shape, range)], f as Call["run"], more))

const unaryOf = (operand: (shape: Shape) => Operand, f: Unary): fc.Arbitrary<Call> =>
  shapeOf(0, 3).map((shape) => call([operand(shape)], f as Call["run"]))

const binary = (
  f: Binary,
  left: (shape: Shape) => Operand = float,
  right: (shape: Shape) => Operand = left,
  more: Partial<Call> = {}
): fc.Arbitrary<Call> => pairOfShapes.map(([a = [], b = []]) => call([left(a), right(b)], f as Call["run"], more))

const ints = (range: Range) => (shape: Shape) => int(shape, range)
const floats = (range: Range) => (shape: Shape) => float(shape, range)

const comparison = (f: Binary): fc.Arbitrary<Call> => fc.oneof(binary(f), binary(f, ints([-1, 1])))
const logical = (f: Binary): fc.Arbitrary<Call> => binary(f, bool)

/** A reduction over no axis given, over one, or over several. */
const reduction = (
  f: (x: tf.Tensor, axis: Array<number> | undefined, keepDims: boolean) => tf.Tensor,
  operand: (shape: Shape) => Operand = float
): fc.Arbitrary<Call> =>
  shapeOf(0, 3).chain((shape) =>
    fc
      .record({
        axes: fc.option(fc.subarray(shape.map((_, i) => i)), { nil: undefined }),
        fromBack: fc.boolean(),
        keepDims: fc.boolean()
      })
      .map(({ axes, fromBack, keepDims }) => {
        const axis = axes?.map((i) => (fromBack ? i - shape.length : i))
        return call([operand(shape)], (x) => f(x as tf.Tensor, axis, keepDims), { note: { axis, keepDims } })
      })
  )

const along = (
  f: (x: tf.Tensor, axis: number) => tf.Tensor,
  operand: (shape: Shape) => Operand = float
): fc.Arbitrary<Call> =>
  shapeOf(1, 3).chain((shape) =>
    axisOf(shape.length).map((axis) => call([operand(shape)], (x) => f(x as tf.Tensor, axis), { note: { axis } }))
  )

/** Counted from the front: given a negative axis, tfjs's cpu kernel loses the shape. */
const scan = (
  f: (x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean) => tf.Tensor,
  operand: (shape: Shape) => Operand = float
): fc.Arbitrary<Call> =>
  fc.tuple(fc.boolean(), fc.boolean(), shapeOf(1, 3)).chain(([exclusive, reverse, shape]) =>
    fc.nat(shape.length - 1).map((axis) =>
      call([operand(shape)], (x) => f(x as tf.Tensor, axis, exclusive, reverse), {
        note: { axis, exclusive, reverse }
      })
    )
  )

const reshapes = shapeOf(0, 3).chain((shape) =>
  fc
    .constantFrom([sizeOf(shape)], [1, ...shape], [...shape, 1], [...shape].reverse(), [-1])
    .map((to) => call([float(shape)], (x) => tf.reshape(x as tf.Tensor, to), { note: to }))
)

const transposes = shapeOf(1, 3).chain((shape) =>
  fc
    .shuffledSubarray(
      shape.map((_, i) => i),
      { minLength: shape.length }
    )
    .map((perm) => call([float(shape)], (x) => tf.transpose(x as tf.Tensor, perm), { note: perm }))
)

const slices = shapeOf(1, 3).chain((shape) =>
  fc
    .tuple(...shape.map((n) => fc.nat(n - 1)))
    .chain((begin) =>
      fc.tuple(fc.constant(begin), ...begin.map((b, i) => fc.integer({ min: 1, max: (shape[i] ?? 1) - b })))
    )
    .chain(([begin, ...size]) =>
      fc
        .constantFrom(
          size,
          size.map(() => -1)
        )
        .map((sizes) => call([float(shape)], (x) => tf.slice(x as tf.Tensor, begin, sizes), { note: { begin, sizes } }))
    )
)

const concats = fc.tuple(shapeOf(1, 3), fc.array(dim, { minLength: 2, maxLength: 3 })).chain(([shape, sizes]) =>
  axisOf(shape.length).map((axis) =>
    call(
      sizes.map((n) => float(shape.map((m, i) => (i === (axis + shape.length) % shape.length ? n : m)))),
      (...parts) => tf.concat([...parts], axis),
      { note: { axis } }
    )
  )
)

const pads = shapeOf(1, 3).chain((shape) =>
  fc
    .tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2))))
    .map((paddings) =>
      call([float(shape)], (x) => tf.pad(x as tf.Tensor, paddings as Array<[number, number]>, 0.5), { note: paddings })
    )
)

const tiles = shapeOf(1, 3).chain((shape) =>
  fc
    .tuple(...shape.map(() => dim))
    .map((reps) => call([float(shape)], (x) => tf.tile(x as tf.Tensor, reps), { note: reps }))
)

const reverses = shapeOf(1, 3).chain((shape) =>
  fc
    .option(fc.subarray(shape.map((_, i) => i - shape.length)), { nil: undefined })
    .map((axis) => call([float(shape)], (x) => tf.reverse(x as tf.Tensor, axis), { note: axis ?? "all" }))
)

/** Products of matrices, alone or in stacks that broadcast as one whole (tfjs's cpu kernel gets other patterns wrong). */
const products = fc
  .record({
    m: dim,
    k: dim,
    n: dim,
    stack: shapeOf(0, 2),
    side: fc.constantFrom("both", "a", "b"),
    ta: fc.boolean(),
    tb: fc.boolean()
  })
  .map(({ m, k, n, stack, side, ta, tb }) =>
    call(
      [
        float([...(side === "b" ? [] : stack), ...(ta ? [k, m] : [m, k])]),
        float([...(side === "a" ? [] : stack), ...(tb ? [n, k] : [k, n])])
      ],
      (a, b) => tf.matMul(a as tf.Tensor, b as tf.Tensor, ta, tb),
      { note: { ta, tb } }
    )
  )

const gathers = fc
  .tuple(shapeOf(1, 3), shapeOf(0, 2))
  .chain(([shape, indices]) =>
    axisOf(shape.length).map((axis) =>
      call(
        [float(shape), int(indices, [0, (shape.at(axis) ?? 1) - 1])],
        (x, i) => tf.gather(x as tf.Tensor, i as tf.Tensor1D, axis),
        { note: { axis } }
      )
    )
  )

/** Each row of a table read at its own places. */
const rowGathers = fc
  .record({ rows: dim, n: dim, event: shapeOf(0, 1), count: dim })
  .map(({ rows, n, event, count }) =>
    call([float([rows, n, ...event]), int([rows, count], [0, n - 1])], (x, i) =>
      tf.gather(x as tf.Tensor, i as tf.Tensor2D, 1, 1)
    )
  )

const segmentSums = fc
  .record({ rows: dim, event: shapeOf(0, 2), segments: dim })
  .map(({ rows, event, segments }) =>
    call(
      [float([rows, ...event]), int([rows], [-1, segments])],
      (x, ids) => tf.unsortedSegmentSum(x as tf.Tensor, ids as tf.Tensor1D, segments),
      { note: { segments } }
    )
  )

const selects = shapeOf(0, 3).chain((shape) =>
  fc
    .constantFrom<[DType, DType]>(["float32", "float32"], ["int32", "int32"], ["int32", "float32"])
    .map(([t, e]) =>
      call([bool(shape), { ...float(shape), dtype: t }, { ...float(shape), dtype: e }], (condition, a, b) =>
        tf.where(condition as tf.Tensor, a as tf.Tensor, b as tf.Tensor)
      )
    )
)

const kernel =
  (name: string, inputs: ReadonlyArray<string>) =>
  (...tensors: ReadonlyArray<tf.Tensor>): tf.Tensor =>
    tf.engine().runKernel(name, Object.fromEntries(inputs.map((input, i) => [input, tensors[i]])) as tf.NamedTensorMap)

const positive: Range = [0.3, 3]
const inside: Range = [-0.9, 0.9]

const betas = (f: (a: tf.Tensor, b: tf.Tensor, x: tf.Tensor) => tf.Tensor): fc.Arbitrary<Call> =>
  pairOfShapes.map(([a = [], b = []]) =>
    call([float(a, positive), float(b, positive), float(a, [0.1, 0.9])], f as Call["run"])
  )

const triple = (f: (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => tf.Tensor): fc.Arbitrary<Call> =>
  pairOfShapes.map(([a = [], b = []]) =>
    call([float(a, positive), float(b, positive), float(a, positive)], f as Call["run"])
  )

/** The log mass of three and two of two labels, whose parts are derived for their sum alone. */
const urn = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
  const labels = tf.stack([tf.add(a, tf.zerosLike(b)), tf.add(b, tf.zerosLike(a))], -1)
  const both = sum(a, b)
  const less = lessThanExpected(tf.scalar(3), 5, a, both)
  return polyaLogMass(tf.tensor1d([3, 2]), 5, labels, both.value, tf.stack([less, tf.neg(less)], -1))
}

/** For each row of the kernel table that computes a value, how a program comes to use it. */
export const kernelCalls: Readonly<Record<string, fc.Arbitrary<Call>>> = {
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Log: unary(tf.log, positive),
  Log1p: unary(tf.log1p, [-0.5, 3]),
  Sqrt: unary(tf.sqrt, positive),
  Rsqrt: unary(tf.rsqrt, positive),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Softplus: unary(tf.softplus),
  Sin: unary(tf.sin),
  Cos: unary(tf.cos),
  Tan: unary(tf.tan, [-1.2, 1.2]),
  Asin: unary(tf.asin, inside),
  Acos: unary(tf.acos, inside),
  Atan: unary(tf.atan),
  Sinh: unary(tf.sinh),
  Cosh: unary(tf.cosh),
  Asinh: unary(tf.asinh),
  Acosh: unary(tf.acosh, [1.2, 4]),
  Atanh: unary(tf.atanh, inside),
  Erf: unary(tf.erf, wide, { accuracy: 1.5e-7 }),
  Reciprocal: unary(tf.reciprocal, positive),
  Neg: fc.oneof(unary(tf.neg), unaryOf(ints([-3, 3]), tf.neg)),
  Square: fc.oneof(unary(tf.square), unaryOf(ints([-3, 3]), tf.square)),
  StopGradient: unary(stopGradient),
  Sample: unary((x) => markSample(x, "z")),
  Abs: unary(tf.abs, wide, { corners: [0] }),
  Relu: unary(tf.relu, wide, { corners: [0] }),
  Relu6: unary(tf.relu6, [-3, 9], { corners: [0, 6] }),
  LeakyRelu: unary((x) => tf.leakyRelu(x, 0.3), wide, { corners: [0] }),
  Elu: unary(tf.elu, wide, { corners: [0] }),
  Selu: unary(tf.selu, wide, { corners: [0] }),
  ClipByValue: unary((x) => tf.clipByValue(x, -1, 0.5), wide, { corners: [-1, 0.5] }),
  Floor: unary(tf.floor),
  Ceil: unary(tf.ceil),
  Round: unary(tf.round),
  Sign: unary(tf.sign),
  Step: unary((x) => tf.step(x, 0.25)),
  LogicalNot: unaryOf(bool, tf.logicalNot),
  IsNan: unary((x) => tf.isNaN(tf.sqrt(x))),
  IsInf: unary((x) => tf.isInf(tf.div(1, tf.relu(x)))),
  IsFinite: unary((x) => tf.isFinite(tf.log(x))),
  Cast: fc.oneof(
    unary((x) => tf.cast(x, "int32"), wide, { corners: [-2, -1, 0, 1, 2] }),
    unary((x) => tf.cast(x, "bool"), positive),
    unaryOf(bool, (x) => tf.cast(x, "float32")),
    unaryOf(ints([-2, 2]), (x) => tf.cast(x, "bool"))
  ),
  Add: fc.oneof(binary(tf.add), binary(tf.add, ints([-5, 5])), binary(tf.add, ints([-5, 5]), float)),
  Sub: fc.oneof(binary(tf.sub), binary(tf.sub, ints([-5, 5])), binary(tf.sub, float, bool)),
  Multiply: fc.oneof(binary(tf.mul), binary(tf.mul, ints([-5, 5]))),
  Pow: fc.oneof(binary(tf.pow, floats(positive)), binary(tf.pow, ints([1, 3]))),
  SquaredDifference: binary(tf.squaredDifference),
  RealDiv: binary(tf.div, float, floats(positive)),
  Atan2: binary(tf.atan2, float, floats(positive)),
  Maximum: fc.oneof(binary(tf.maximum), binary(tf.maximum, ints([-3, 3]))),
  Minimum: fc.oneof(binary(tf.minimum), binary(tf.minimum, ints([-3, 3]))),
  Prelu: shapeOf(1, 3).chain((shape) =>
    fc
      .constantFrom(shape, shape.slice(1))
      .map((alpha) => call([float(shape), float(alpha, positive)], tf.prelu as Call["run"], { corners: [0] }))
  ),
  EluGrad: shapeOf(0, 3).map((shape) => call([float(shape), float(shape)], kernel("EluGrad", ["dy", "y"]))),
  FloorDiv: fc.oneof(binary(tf.floorDiv, ints([-9, 9]), ints([1, 4])), binary(tf.floorDiv, float, floats(positive))),
  Mod: fc.oneof(binary(tf.mod, float, floats(positive)), binary(tf.mod, ints([-9, 9]), ints([1, 4]))),
  Greater: comparison(tf.greater),
  GreaterEqual: comparison(tf.greaterEqual),
  Less: comparison(tf.less),
  LessEqual: comparison(tf.lessEqual),
  Equal: comparison(tf.equal),
  NotEqual: comparison(tf.notEqual),
  LogicalAnd: logical(tf.logicalAnd),
  LogicalOr: logical(tf.logicalOr),
  Select: selects,
  Sum: fc.oneof(reduction(tf.sum), reduction(tf.sum, ints([-3, 3])), reduction(tf.sum, bool)),
  Mean: fc.oneof(reduction(tf.mean), reduction(tf.mean, ints([-3, 3]))),
  Prod: fc.oneof(reduction(tf.prod, floats(positive)), reduction(tf.prod, ints([1, 3]))),
  Max: fc.oneof(reduction(tf.max), reduction(tf.max, ints([-3, 3]))),
  Min: fc.oneof(reduction(tf.min), reduction(tf.min, ints([-3, 3]))),
  All: reduction(tf.all, bool),
  Any: reduction(tf.any, bool),
  ArgMax: along(tf.argMax),
  ArgMin: along(tf.argMin),
  Cumsum: fc.oneof(scan(tf.cumsum), scan(tf.cumsum, ints([-3, 3])), scan(tf.cumsum, bool)),
  Cumprod: scan(tf.cumprod),
  Softmax: shapeOf(1, 3).map((shape) => call([float(shape)], (x) => tf.softmax(x as tf.Tensor))),
  Reshape: reshapes,
  Transpose: transposes,
  Slice: slices,
  Concat: concats,
  PadV2: pads,
  Tile: tiles,
  Reverse: reverses,
  BatchMatMul: products,
  GatherV2: fc.oneof(gathers, rowGathers),
  UnsortedSegmentSum: segmentSums,
  Lgamma: unary(lgamma, positive),
  Digamma: unary(digamma, positive),
  Polygamma: fc.constantFrom(1, 2).chain((n) => unary((x) => polygamma(n, x), [0.8, 3])),
  Lbeta: binary(lbeta, floats(positive)),
  LgammaGap: binary(lgammaGap, floats(positive)),
  LogQuotient: binary(logQuotient, floats(positive)),
  LogLess: binary(logLess, floats(positive), float),
  LogitLess: binary(logitLess, floats([0.1, 0.9]), float),
  LogOneLessPower: binary(logOneLessPower, floats([0.1, 0.9]), floats(positive)),
  LogDeviance: binary((x, m) => logDeviance(x, tf.log(m), tf.sub(m, x)), floats(positive)),
  CoinExcess: triple((u, x, l) => coinExcess(u, 1, x, l)),
  DigammaGap: unary(digammaGap, positive),
  Stirling: unary((x) => stirling(x).s, [0.3, 0.9]),
  StirlingGap: binary(stirlingGap, floats(positive)),
  CloseDeviance: binary((x, m) => closeDeviance(x, m, tf.sub(m, x)), floats(positive)),
  NegativeBinomialByMean: triple(negativeBinomialByMean),
  GammaLogDensity: triple(gammaLogDensity),
  BetaLogDensity: betas(betaLogDensity),
  PolyaCell: binary(urn, floats(positive)),
  IsLargest: along((x) => isLargest(x as tf.Tensor)),
  ProductLess: triple(productLess),
  ProductsLess: triple((a, b, c) => productsLess(a, b, c, a, b)),
  ErrorFunction: unary(erf),
  Erfc: unary(erfc),
  Erfinv: unary(erfinv, inside),
  LogNdtr: unary(logNdtr),
  Ndtri: unary(ndtri, [0.1, 0.9]),
  NdtriOfLogs: binary(ndtriOfLogs, floats([-3, -1]), floats([-0.4, -0.1])),
  LogI0: unary(logI0),
  BesselRatio: unary(besselRatio),
  BesselRest: unary(besselRest, positive),
  LogI0Rest: unary(logI0Rest, positive),
  Logaddexp: binary(logaddexp),
  Log1mexp: unary(log1mexp, positive),
  Logit: unary(logit, [0.1, 0.9]),
  Xlogy: binary(xlogy, float, floats(positive)),
  Xlog1py: binary(xlog1py, float, floats(positive)),
  LogMass: unary(logMass, positive),
  LogOtherMass: unary(logOtherMass, [0.1, 0.9]),
  TimesLog: binary(timesLog),
  CoinLogMass: binary(coinLogMass, ints([0, 1]), float),
  LogStep: fc.constantFrom(0.5, 3).chain((alpha) => binary((a, b) => logStep(a, b, alpha))),
  LogSumExp: reduction(logSumExp),
  InsideOf: unary((x) => insideOf(x, -4, 4)),
  DensityInside: binary((density, x) => densityInside(density, x, -4, 4)),
  SplitAt: binary((x, y) => splitAt(x, { low: -1, high: 1 }, { below: tf.neg(y), inside: tf.mul(x, y), above: y })),
  LogShare: binary(logShare, floats([0.1, 0.4]), floats([0.6, 0.9])),
  ExactLog: binary(exactLog, floats([-3, -1]), floats([-0.4, -0.1])),
  LogBetween: binary((a, b) => logBetween(a, -0.1, b, -0.3), floats([-5, -3]), floats([-2, -1])),
  LogNegLog: binary(logNegLog, floats([-3, -1]), floats([-0.4, -0.1])),
  WithGradient: binary(withGradient),
  Gammainc: binary(gammainc, floats(positive)),
  Gammaincc: binary(gammaincc, floats(positive)),
  GammaincByShape: binary(gammaincByShape, floats(positive)),
  Betainc: betas(betainc),
  BetaincByA: betas(betaincByA),
  BetaincByB: betas(betaincByB),
  Betaincc: betas(betaincc),
  LogBetainc: betas(logBetaincc),
  LogBetaincSlope: betas((a, b, x) => runSpecial(LogBetaincSlope, [a, b, x], { upper: true, by: "x" })),
  LogGammainc: binary(logGammaincc, floats(positive)),
  LogGammaincSlope: binary((a, x) => runSpecial(LogGammaincSlope, [a, x], { upper: true, by: "x" }), floats(positive)),
  LogQuantileSlope: binary(logQuantileSlope, floats(positive)),
  LogStandardGamma: drawing(
    LogStandardGamma,
    [positive],
    [
      [6, wide],
      [7, unit]
    ]
  ),
  Poisson: drawing(Poisson, [[0.1, 30]], [[27, unit]]),
  Binomial: drawing(Binomial, [[30, 60], unit], [[33, unit]]),
  VonMises: drawing(VonMises, [positive], [[32, unit]]),
  VonMisesSlope: binary((k, angle) => runSpecial(VonMisesSlope, [k, angle]), floats(positive)),
  ...matrixCalls
}

/**
 * Numbers for the operands of a call. No two floats are equal and none is within 1/32 of a corner (so that no maximum has a tie), and
 * all lie on a grid of 1/1024 (so that a small power of two can be added without rounding).
 */
export const draw = (
  operands: ReadonlyArray<Operand>,
  seed: number,
  corners: ReadonlyArray<number> = []
): Array<Numbers> => {
  const random = mulberry(seed)
  const total = operands.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const cells = Array.from({ length: total }, (_, i) => i)
  for (let i = total - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[cells[i], cells[j]] = [cells[j] as number, cells[i] as number]
  }
  return operands.map(({ shape, dtype, range: [low, high] }) => {
    const size = sizeOf(shape)
    if (dtype === "bool")
      return { shape, dtype, values: Uint8Array.from({ length: size }, () => (random() < 0.5 ? 1 : 0)) }
    if (dtype === "int32") {
      const values = Int32Array.from({ length: size }, () => low + Math.floor(random() * (high - low + 1)))
      return { shape, dtype, values }
    }
    const values = Float32Array.from(cells.splice(0, size), (cell) => {
      const x = Math.round((low + ((high - low) * (cell + 0.3)) / total) * 1024) / 1024
      return corners.some((corner) => Math.abs(x - corner) < 1 / 32) ? x + 1 / 16 : x
    })
    return { shape, dtype, values }
  })
}

/** A small generator that is not the library's: its numbers must not depend on what is tested. */
export const mulberry = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
