import * as tf from "@tensorflow/tfjs"
import { logI0 } from "../../../src/tensor/special/bessel.ts"
import { digamma, lgamma } from "../../../src/tensor/special/gamma.ts"
import { logSumExp } from "../../../src/tensor/special/logSumExp.ts"

/** One op twice: as a program calls it, and as JavaScript in float64 for the exact integral. */
export interface Op {
  readonly arity: 1 | 2 | 3
  readonly tf: (...xs: ReadonlyArray<tf.Tensor>) => tf.Tensor
  readonly js: (...xs: ReadonlyArray<string>) => string
}
type Tensors = ReadonlyArray<tf.Tensor>

const at = (xs: Tensors, i: number): tf.Tensor => {
  const x = xs[i]
  if (x === undefined) throw new RangeError(`an op has no input ${i}`)
  return x
}
const unary = (f: (x: tf.Tensor) => tf.Tensor, js: (x: string) => string): Op => ({
  arity: 1,
  tf: (...xs) => f(at(xs, 0)),
  js: (x = "") => js(x)
})
const binary = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, js: (x: string, y: string) => string): Op => ({
  arity: 2,
  tf: (...xs) => f(at(xs, 0), at(xs, 1)),
  js: (x = "", y = "") => js(x, y)
})
const ternary = (f: (xs: Tensors) => tf.Tensor, js: (xs: ReadonlyArray<string>) => string): Op => ({
  arity: 3,
  tf: (...xs) => f(xs),
  js: (...xs) => js(xs)
})
/** A function of a vector of three numbers. */
const vector = (f: (x: tf.Tensor1D) => tf.Tensor, js: (xs: string) => string): Op =>
  ternary(
    (xs) => f(tf.stack([...xs]) as tf.Tensor1D),
    (xs) => js(`[${xs.join(", ")}]`)
  )
const math =
  (name: string): ((x: string) => string) =>
  (x) =>
    `Math.${name}(${x})`
const own =
  (name: string): ((...xs: ReadonlyArray<string>) => string) =>
  (...xs) =>
    `H.${name}(${xs.join(", ")})`
const compared = (f: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor, sign: string): Op =>
  binary(
    (x, y) => tf.cast(f(x, y), "float32"),
    // as float32 has them: erf(4) is 1 there
    (x, y) => `(Math.fround(${x}) ${sign} Math.fround(${y}) ? 1 : 0)`
  )
const number = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [])
const entry = (x: tf.Tensor, i: number): tf.Tensor => number(tf.slice(x, [i], [1]))

export const ops: Readonly<Record<string, Op>> = {
  neg: unary(tf.neg, (x) => `(-(${x}))`),
  abs: unary(tf.abs, math("abs")),
  square: unary(tf.square, (x) => `H.square(${x})`),
  sqrt: unary(
    (x) => tf.sqrt(tf.add(tf.abs(x), 0.1)),
    (x) => `Math.sqrt(Math.abs(${x}) + 0.1)`
  ),
  rsqrt: unary(
    (x) => tf.rsqrt(tf.add(tf.square(x), 0.2)),
    (x) => `(1 / Math.sqrt(H.square(${x}) + 0.2))`
  ),
  exp: unary(
    (x) => tf.exp(tf.minimum(x, 3)),
    (x) => `Math.exp(Math.min(${x}, 3))`
  ),
  expm1: unary(
    (x) => tf.expm1(tf.minimum(x, 3)),
    (x) => `Math.expm1(Math.min(${x}, 3))`
  ),
  log: unary(
    (x) => tf.log(tf.add(tf.abs(x), 0.3)),
    (x) => `Math.log(Math.abs(${x}) + 0.3)`
  ),
  logAbs: unary(
    (x) => tf.log(tf.abs(x)),
    (x) => `Math.log(Math.abs(${x}))`
  ),
  log1p: unary(
    (x) => tf.log1p(tf.square(x)),
    (x) => `Math.log1p(H.square(${x}))`
  ),
  sin: unary(tf.sin, (x) => `Math.sin(H.turned(${x}))`),
  cos: unary(tf.cos, (x) => `Math.cos(H.turned(${x}))`),
  tan: unary(tf.tan, (x) => `H.tan(${x})`),
  asin: unary(
    (x) => tf.asin(tf.clipByValue(x, -0.9, 0.9)),
    (x) => `Math.asin(H.clip(${x}, -0.9, 0.9))`
  ),
  acos: unary(
    (x) => tf.acos(tf.mul(0.9, tf.tanh(x))),
    (x) => `Math.acos(0.9 * Math.tanh(${x}))`
  ),
  atan: unary(tf.atan, math("atan")),
  sinh: unary(
    (x) => tf.sinh(tf.clipByValue(x, -3, 3)),
    (x) => `Math.sinh(H.clip(${x}, -3, 3))`
  ),
  cosh: unary(
    (x) => tf.cosh(tf.clipByValue(x, -3, 3)),
    (x) => `Math.cosh(H.clip(${x}, -3, 3))`
  ),
  tanh: unary(tf.tanh, math("tanh")),
  asinh: unary(tf.asinh, math("asinh")),
  acosh: unary(
    (x) => tf.acosh(tf.add(tf.abs(x), 1.5)),
    (x) => `Math.acosh(Math.abs(${x}) + 1.5)`
  ),
  atanh: unary(
    (x) => tf.atanh(tf.mul(0.8, tf.tanh(x))),
    (x) => `Math.atanh(0.8 * Math.tanh(${x}))`
  ),
  sigmoid: unary(tf.sigmoid, own("sigmoid")),
  softplus: unary(tf.softplus, own("softplus")),
  logSigmoid: unary(tf.logSigmoid, (x) => `(-H.softplus(-(${x})))`),
  relu: unary(tf.relu, (x) => `Math.max(${x}, 0)`),
  relu6: unary(tf.relu6, (x) => `H.clip(${x}, 0, 6)`),
  elu: unary(tf.elu, own("elu")),
  selu: unary(tf.selu, own("selu")),
  leakyRelu: unary(
    (x) => tf.leakyRelu(x, 0.2),
    (x) => `H.leaky(${x})`
  ),
  erf: unary(tf.erf, own("erf")),
  lgamma: unary(
    (x) => lgamma(tf.add(tf.abs(x), 0.5)),
    (x) => `H.lgamma(Math.abs(${x}) + 0.5)`
  ),
  digamma: unary(
    (x) => digamma(tf.add(tf.abs(x), 0.5)),
    (x) => `H.digamma(Math.abs(${x}) + 0.5)`
  ),
  logI0: unary(
    (x) => logI0(tf.minimum(tf.abs(x), 5)),
    (x) => `H.logI0(Math.min(Math.abs(${x}), 5))`
  ),
  reciprocal: unary(tf.reciprocal, (x) => `H.divide(1, ${x})`),
  sign: unary(tf.sign, math("sign")),
  floor: unary(tf.floor, math("floor")),
  ceil: unary(tf.ceil, math("ceil")),
  round: unary(tf.round, own("round")),
  step: unary(
    (x) => tf.step(x),
    (x) => `(${x} > 0 ? 1 : 0)`
  ),
  clip: unary(
    (x) => tf.clipByValue(x, -1, 0.5),
    (x) => `H.clip(${x}, -1, 0.5)`
  ),
  toInt: unary((x) => tf.cast(tf.cast(x, "int32"), "float32"), math("trunc")),
  not: unary(
    (x) => tf.cast(tf.logicalNot(tf.greater(x, 0.2)), "float32"),
    (x) => `(${x} > 0.2 ? 0 : 1)`
  ),
  add: binary(tf.add, (x, y) => `(${x} + ${y})`),
  sub: binary(tf.sub, (x, y) => `(${x} - (${y}))`),
  mul: binary(tf.mul, (x, y) => `(${x} * ${y})`),
  div: binary(tf.div, own("divide")),
  divSafe: binary(
    (x, y) => tf.div(x, tf.add(tf.square(y), 0.5)),
    (x, y) => `(${x} / (H.square(${y}) + 0.5))`
  ),
  divNoNan: binary(tf.divNoNan, (x, y) => `H.divNoNan(${x}, ${y})`),
  floorDiv: binary(
    (x, y) => tf.cast(tf.floorDiv(x, tf.add(tf.abs(y), 0.5)), "float32"),
    (x, y) => `Math.floor(${x} / (Math.abs(${y}) + 0.5))`
  ),
  mod: binary(
    (x, y) => tf.mod(x, tf.add(tf.abs(y), 0.5)),
    (x, y) => `H.mod(${x}, Math.abs(${y}) + 0.5)`
  ),
  pow: binary(
    (x, y) => tf.pow(tf.add(tf.abs(x), 0.3), tf.tanh(y)),
    (x, y) => `Math.pow(Math.abs(${x}) + 0.3, Math.tanh(${y}))`
  ),
  atan2: binary(tf.atan2, own("atan2")),
  maximum: binary(tf.maximum, (x, y) => `Math.max(${x}, ${y})`),
  minimum: binary(tf.minimum, (x, y) => `Math.min(${x}, ${y})`),
  squaredDifference: binary(tf.squaredDifference, (x, y) => `H.square(${x} - (${y}))`),
  prelu: binary(
    (x, y) => tf.prelu(x, y),
    (x, y) => `H.prelu(${x}, ${y})`
  ),
  greater: compared(tf.greater, ">"),
  less: compared(tf.less, "<"),
  greaterEqual: compared(tf.greaterEqual, ">="),
  lessEqual: compared(tf.lessEqual, "<="),
  equal: compared(tf.equal, "==="),
  notEqual: compared(tf.notEqual, "!=="),
  and: binary(
    (x, y) => tf.cast(tf.logicalAnd(tf.greater(x, 0), tf.less(y, 1)), "float32"),
    (x, y) => `(${x} > 0 && ${y} < 1 ? 1 : 0)`
  ),
  or: binary(
    (x, y) => tf.cast(tf.logicalOr(tf.greater(x, 0), tf.less(y, 0)), "float32"),
    (x, y) => `(${x} > 0 || ${y} < 0 ? 1 : 0)`
  ),
  where: ternary(
    (xs) => tf.where(tf.greater(at(xs, 0), 0.3), at(xs, 1), at(xs, 2)),
    ([x = "", y = "", z = ""]) => `(${x} > 0.3 ? ${y} : ${z})`
  ),
  sum: vector((x) => tf.sum(x), own("sum")),
  mean: vector(
    (x) => tf.mean(x),
    (x) => `(H.sum(${x}) / 3)`
  ),
  prod: vector((x) => tf.prod(tf.tanh(x)), own("prodTanh")),
  max: vector(
    (x) => tf.max(x),
    (x) => `Math.max(...${x})`
  ),
  min: vector(
    (x) => tf.min(x),
    (x) => `Math.min(...${x})`
  ),
  logSumExp: vector((x) => logSumExp(x, -1), own("logSumExp")),
  norm: vector((x) => tf.norm(tf.add(x, 0.1)), own("norm")),
  softmax: vector((x) => entry(tf.softmax(x), 1), own("softmax1")),
  logSoftmax: vector((x) => entry(tf.logSoftmax(x), 0), own("logSoftmax0")),
  cumsum: vector((x) => tf.sum(tf.square(tf.tanh(tf.cumsum(x)))), own("cumsum")),
  argMax: vector((x) => tf.cast(tf.argMax(x), "float32"), own("argMax")),
  argMin: vector((x) => tf.cast(tf.argMin(x), "float32"), own("argMin")),
  reverse: vector(
    (x) => entry(tf.reverse(x), 0),
    (x) => `${x}[2]`
  ),
  concat: vector(
    (x) => entry(tf.concat([x, tf.tile(x, [2])]), 4),
    (x) => `${x}[1]`
  ),
  transpose: vector(
    (x) => number(tf.slice(tf.transpose(tf.reshape(tf.concat([x, tf.tanh(x)]), [2, 3])), [1, 1], [1, 1])),
    (x) => `Math.tanh(${x}[1])`
  ),
  dot: vector((x) => tf.sum(tf.matMul(tf.reshape(x, [1, 3]), tf.tensor([0.5, -1, 2], [3, 1]))), own("dot")),
  gather: vector(
    (x) => number(tf.gather(x, tf.cast(tf.clipByValue(tf.floor(entry(x, 0)), 0, 2), "int32"))),
    own("gather")
  ),
  oneHot: vector(
    (x) => tf.sum(tf.mul(x, tf.oneHot(tf.cast(tf.clipByValue(tf.round(entry(x, 1)), 0, 2), "int32"), 3))),
    own("oneHot")
  )
}

/** A value that turns on the sign of a zero: 1 / 0, and atan2 on the negative half line. */
export class Pole extends Error {}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
const clip = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high)
/** The first position of the best number; as in tfjs nothing is better than a NaN, and a NaN is not better than anything. */
const firstBest = (xs: ReadonlyArray<number>, isBetter: (x: number, best: number) => boolean): number =>
  xs.reduce((best, x, i) => (isBetter(x, at3(xs, best)) ? i : best), 0)
/** A position among three; a NaN as a whole number is 0. */
const position = (x: number): number => (Number.isNaN(x) ? 0 : clip(x, 0, 2))
/** An angle of so many turns that its rounding to float32 moves it by much of one: it is the rounded angle. */
const turned = (x: number): number => (Math.abs(x) > 1e4 ? Math.fround(x) : x)
/** At a pole the sign is that of the argument's rounding: π/2 as a float32 lies beyond it. */
const tan = (x: number): number => Math.tan(Math.abs(Math.cos(x)) < 1e-6 ? Math.fround(x) : turned(x))
const sum = (xs: ReadonlyArray<number>): number => {
  let total = 0
  for (let i = 0; i < xs.length; i++) total += at3(xs, i)
  return total
}
/** Stirling's series beyond 8 (Abramowitz and Stegun 1964, 6.1.41), by the recurrence below it. */
const lgamma64 = (x: number): number => {
  let [z, shift] = [x, 0]
  while (z < 8) shift += Math.log(z++)
  const r = 1 / (z * z)
  return (
    (z - 0.5) * Math.log(z) -
    z +
    0.5 * Math.log(2 * Math.PI) +
    (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r / 1680))) / z -
    shift
  )
}
/** 6.3.18 of the same, by the recurrence. */
const digamma64 = (x: number): number => {
  let [z, shift] = [x, 0]
  while (z < 8) shift += 1 / z++
  const r = 1 / (z * z)
  return Math.log(z) - 0.5 / z - r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r / 240))) - shift
}
/** The power series (7.1.6), or the tail's continued fraction (7.1.14). */
const erf64 = (x: number): number => {
  const a = Math.abs(x)
  if (a > 6) return Math.sign(x)
  if (a > 2.5) {
    let fraction = a
    for (let k = 60; k > 0; k--) fraction = a + k / 2 / fraction
    return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * fraction))
  }
  let [term, total] = [a, a]
  for (let k = 1; k < 80; k++) {
    term *= (2 * a * a) / (2 * k + 1)
    total += term
  }
  return (Math.sign(x) * 2 * Math.exp(-a * a) * total) / Math.sqrt(Math.PI)
}
const logI0Of = (x: number): number => {
  let [term, total] = [1, 1]
  for (let k = 1; k < 60; k++) {
    term *= (x / (2 * k)) ** 2
    total += term
  }
  return Math.log(total)
}
const at3 = (xs: ReadonlyArray<number>, i: number): number => xs[i] ?? Number.NaN
/** A loop, since an integral asks for millions of them. */
const logSumExp64 = (xs: ReadonlyArray<number>): number => {
  let top = Number.NEGATIVE_INFINITY
  for (let i = 0; i < xs.length; i++) top = Math.max(top, at3(xs, i))
  let total = 0
  for (let i = 0; i < xs.length; i++) total += Math.exp(at3(xs, i) - top)
  return top + Math.log(total)
}
const round = (x: number): number => {
  const low = Math.floor(x)
  const rest = x - low
  return rest === 0.5 ? (low % 2 === 0 ? low : low + 1) : rest < 0.5 ? low : low + 1
}

/** The functions that JavaScript does not have, in float64. */
export const helpers = {
  square: (x: number) => x * x,
  divide: (x: number, y: number) => x / y,
  atan2: Math.atan2,
  tan,
  turned,
  sigmoid,
  softplus,
  clip,
  elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  selu: (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  leaky: (x: number) => (x > 0 ? x : 0.2 * x),
  prelu: (x: number, slope: number) => (x < 0 ? slope * x : x),
  erf: erf64,
  lgamma: lgamma64,
  digamma: digamma64,
  logI0: logI0Of,
  round,
  divNoNan: (x: number, y: number) => (y === 0 ? 0 : x / y),
  mod: (x: number, y: number) => x - Math.floor(x / y) * y,
  sum,
  prodTanh: (xs: ReadonlyArray<number>) => xs.reduce((total, x) => total * Math.tanh(x), 1),
  logSumExp: logSumExp64,
  norm: (xs: ReadonlyArray<number>) => Math.sqrt(sum(xs.map((x) => (x + 0.1) ** 2))),
  softmax1: (xs: ReadonlyArray<number>) => Math.exp(at3(xs, 1) - logSumExp64(xs)),
  logSoftmax0: (xs: ReadonlyArray<number>) => at3(xs, 0) - logSumExp64(xs),
  cumsum: ([a = 0, b = 0, c = 0]: ReadonlyArray<number>) =>
    Math.tanh(a) ** 2 + Math.tanh(a + b) ** 2 + Math.tanh(a + b + c) ** 2,
  argMax: (xs: ReadonlyArray<number>) => firstBest(xs, (x, best) => x > best),
  argMin: (xs: ReadonlyArray<number>) => firstBest(xs, (x, best) => x < best),
  dot: ([a = 0, b = 0, c = 0]: ReadonlyArray<number>) => 0.5 * a - b + 2 * c,
  gather: (xs: ReadonlyArray<number>) => at3(xs, position(Math.floor(at3(xs, 0)))),
  oneHot: (xs: ReadonlyArray<number>) => at3(xs, position(round(at3(xs, 1))))
}

/** The same functions, which end at a pole: sums and products that are equal otherwise may give zeros of other signs. */
export const refusingPoles: typeof helpers = {
  ...helpers,
  divide: (x, y) => {
    if (y === 0) throw new Pole("a division by zero")
    return x / y
  },
  atan2: (y, x) => {
    if (y === 0 && x <= 0) throw new Pole("atan2 where it jumps")
    return Math.atan2(y, x)
  }
}
