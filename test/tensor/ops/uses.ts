import type * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { reshape, transpose } from "../../../src/tensor/ops/arrange.ts"
import * as compare from "../../../src/tensor/ops/compare.ts"
import { concat, slice, split, stack } from "../../../src/tensor/ops/join.ts"
import { dot, matmul } from "../../../src/tensor/ops/matmul.ts"
import * as ofOne from "../../../src/tensor/ops/ofOne.ts"
import * as ofTwo from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import * as reduce from "../../../src/tensor/ops/reduce.ts"
import { type Shape, sizeOf, type Tensor, typed } from "../../../src/tensor/Tensor.ts"
import type { Call, Operand } from "../../support/kernelCalls.ts"
import { along, between, elementwise, entries, flipped, joined, matrixProduct, type Plain, stacked } from "./plain.ts"

/** One use of an operation: called with the data first, called as in a pipe, and what it must give. */
export interface Use extends Call {
  readonly last: Call["run"]
  readonly expected: (...x: ReadonlyArray<Plain>) => Plain
  /** its value jumps, so that it has no gradient to test */
  readonly jumps?: boolean
}

type Run = (...x: ReadonlyArray<Tensor>) => tf.Tensor

const use = (
  operands: ReadonlyArray<Operand>,
  first: Run,
  expected: Use["expected"],
  {
    last = first,
    ...more
  }: { readonly last?: Run; readonly corners?: ReadonlyArray<number>; readonly jumps?: boolean } = {}
): Use => {
  const run =
    (f: Run): Call["run"] =>
    (...x) =>
      f(...x.map((each): Tensor => typed(each)))
  return {
    ...more,
    operands,
    run: run(first),
    last: run(last),
    expected,
    [fc.toStringMethod]: () => operands.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(" ")
  }
}

type Range = Operand["range"]
const float = (shape: Shape, range: Range = [-3, 3]): Operand => ({ shape, dtype: "float32", range })
const positive: Range = [0.3, 4]

const dim = fc.integer({ min: 1, max: 3 })
const anyShape = fc.array(dim, { maxLength: 3 })
const withAxes = fc.array(dim, { minLength: 1, maxLength: 3 })
const axisOf = (shape: Shape): fc.Arbitrary<number> => fc.integer({ min: -shape.length, max: shape.length - 1 })

/** Shapes that go together: equal, one the end of the other, with some dimensions of 1 in the shorter one, or in either where there are as many. */
const pairs: fc.Arbitrary<readonly [Shape, Shape]> = fc
  .record({
    whole: anyShape,
    cut: fc.nat(3),
    ones: fc.array(fc.nat(2), { minLength: 3, maxLength: 3 }),
    swap: fc.boolean()
  })
  .map(({ whole, cut, ones, swap }) => {
    const lead = Math.min(cut, whole.length)
    const short = whole.slice(lead).map((n, i) => (ones[i] === 1 ? 1 : n))
    const long = lead === 0 ? whole.map((n, i) => (ones[i] === 2 ? 1 : n)) : whole
    return swap ? [short, long] : [long, short]
  })

type Of<F> = F extends (...x: infer _) => number ? F : never
const one = (
  f: ofOne.Unary,
  g: Of<(x: number) => number>,
  range?: Range,
  more: Pick<Use, "corners" | "jumps"> = {}
): fc.Arbitrary<Use> =>
  anyShape.map((shape) =>
    use(
      [float(shape, range)],
      (x = zero) => f(x),
      (x = none) => elementwise(g, x),
      more
    )
  )

/** The data-last form of an operation of two: its types ask for shapes that are known, and those here are of all kinds. */
type Two = { (a: Tensor, b: Tensor): tf.Tensor; (b: Tensor): (a: Tensor) => tf.Tensor }
const two = (
  f: Two,
  g: Of<(a: number, b: number) => number>,
  ranges: readonly [Range, Range] = [
    [-3, 3],
    [-3, 3]
  ],
  more: Pick<Use, "corners" | "jumps"> = {}
): fc.Arbitrary<Use> =>
  pairs.map(([a, b]) =>
    use(
      [float(a, ranges[0]), float(b, ranges[1])],
      (x = zero, y = zero) => f(x, y),
      (x = none, y = none) => elementwise(g, x, y),
      { ...more, last: (x = zero, y = zero) => f(y)(x) }
    )
  )

const reduced = (f: reduce.Reduction, g: (line: ReadonlyArray<number>) => number, range?: Range): fc.Arbitrary<Use> =>
  fc.oneof(
    anyShape.map((shape) =>
      use(
        [float(shape, range)],
        (x = zero) => f(x),
        (x = none) => ({ shape: [], values: [g(x.values)] })
      )
    ),
    withAxes.chain((shape) =>
      axisOf(shape).map((axis) =>
        use(
          [float(shape, range)],
          (x = zero) => f(x, axis),
          (x = none) => along(x, axis, g),
          {
            last: (x = zero) => f(axis)(x)
          }
        )
      )
    )
  )

const none: Plain = { shape: [], values: [] }
const zero: Tensor = typed({} as tf.Tensor)
const total = (x: ReadonlyArray<number>): number => x.reduce((sum, each) => sum + each, 0)
const logTotal = (x: ReadonlyArray<number>): number => Math.log(total(x.map(Math.exp)))
const asNumber = (f: (a: number, b: number) => boolean) => (a: number, b: number) => (f(a, b) ? 1 : 0)
const half: readonly [Range, Range] = [
  [-1, 1],
  [-1, 1]
]
const jumps = { jumps: true } as const

const comparison = (f: Two, g: (a: number, b: number) => boolean): fc.Arbitrary<Use> => two(f, asNumber(g), half, jumps)

const dots = dim.map((n) =>
  use(
    [float([n]), float([n])],
    (x = zero, y = zero) => dot(x, y),
    (x = none, y = none) => matrixProduct(x, y),
    {
      last: (x = zero, y = zero) => dot(y)(x)
    }
  )
)

const products = fc.tuple(fc.array(dim, { maxLength: 1 }), dim, fc.array(dim, { maxLength: 1 })).map(([m, k, n]) =>
  use(
    [float([...m, k]), float([k, ...n])],
    (x = zero, y = zero) => matmul(x, y),
    (x = none, y = none) => matrixProduct(x, y),
    { last: (x = zero, y = zero) => matmul(y)(x) }
  )
)

/** Entries by a number, by whole numbers, and by whole numbers in float32, as rows of data have them. */
const picks = fc.oneof(
  withAxes.chain((shape) =>
    axisOf([shape[0] ?? 1].flatMap((n) => Array<number>(n).fill(1))).map((i) =>
      use(
        [float(shape)],
        (x = zero) => at(x, i),
        (x = none) => entries(x, { shape: [], values: [i < 0 ? i + (shape[0] ?? 1) : i] }),
        {
          last: (x = zero) => at(i)(x)
        }
      )
    )
  ),
  fc.tuple(withAxes, fc.array(dim, { maxLength: 2 })).map(([shape, index]) => {
    const whole: Operand = { shape: index, dtype: "int32", range: [0, (shape[0] ?? 1) - 1] }
    return use(
      [float(shape), whole],
      (x = zero, i = zero) => at(x, i),
      (x = none, i = none) => entries(x, i),
      {
        last: (x = zero, i = zero) => at(i)(x)
      }
    )
  })
)

const slices = withAxes.chain(([n = 1, ...others]) =>
  fc.tuple(fc.nat(n - 1), fc.nat(n - 1)).map(([i, j]) => {
    const [start, end] = [Math.min(i, j), Math.max(i, j) + 1]
    return use(
      [float([n, ...others])],
      (x = zero) => slice(x, start, end),
      (x = none) => between(x, start, end),
      {
        last: (x = zero) => (end === n ? slice(start)(x) : slice(start, end)(x))
      }
    )
  })
)

const stacks = fc.tuple(anyShape, dim).map(([shape, n]) =>
  use(
    Array.from({ length: n }, () => float(shape)),
    (...x) => stack(x),
    (...x) => stacked(x)
  )
)

const concats = fc
  .tuple(fc.array(dim, { minLength: 1, maxLength: 3 }), fc.array(dim, { maxLength: 2 }))
  .map(([sizes, others]) =>
    use(
      sizes.map((n) => float([n, ...others])),
      (...x) => concat(x),
      (...x) => joined(x)
    )
  )

const splits = fc.tuple(dim, dim).map(([m, n]) =>
  use(
    [float([m + n])],
    (x = zero) => ofTwo.mul(split(typed<readonly [number]>(x), [m, n])[1], 2),
    (x = none) => elementwise((each) => 2 * each, between(x, m, m + n))
  )
)

const shapes = anyShape.map((shape) =>
  use(
    [float(shape)],
    (x = zero) => reshape(x, [sizeOf(shape), 1]),
    ({ values } = none) => ({ shape: [values.length, 1], values }),
    {
      last: (x = zero) => reshape([sizeOf(shape), 1])(x)
    }
  )
)

const transposes = anyShape.map((shape) =>
  use(
    [float(shape)],
    (x = zero) => transpose(x),
    (x = none) => flipped(x)
  )
)

const choices = fc.tuple(pairs, fc.boolean()).map(([[a, b], asBooleans]) => {
  const condition: Operand = asBooleans
    ? { shape: [], dtype: "bool", range: [0, 1] }
    : { shape: [], dtype: "int32", range: [0, 1] }
  return use(
    [condition, float(a), float(b)],
    (c = zero, x = zero, y = zero) => compare.where(c, x, y),
    (c = none, x = none, y = none) => elementwise((holds = 0, yes = 0, no = 0) => (holds === 0 ? no : yes), c, x, y)
  )
})

const lastAxis = (f: (x: Tensor) => tf.Tensor, g: (line: ReadonlyArray<number>) => ReadonlyArray<number>) =>
  withAxes.map((shape) =>
    use(
      [float(shape)],
      (x = zero) => f(x),
      (x = none) => along(x, -1, g)
    )
  )

const cumulative = fc.oneof(
  withAxes.map((shape) =>
    use(
      [float(shape)],
      (x = zero) => reduce.cumsum(x),
      (x = none) => along(x, 0, running)
    )
  ),
  withAxes.chain((shape) =>
    axisOf(shape).map((axis) =>
      use(
        [float(shape)],
        (x = zero) => reduce.cumsum(x, axis),
        (x = none) => along(x, axis, running),
        {
          last: (x = zero) => reduce.cumsum(axis)(x)
        }
      )
    )
  )
)
const running = (x: ReadonlyArray<number>): ReadonlyArray<number> => x.map((_, i) => total(x.slice(0, i + 1)))
const kink = { corners: [0] } as const

/** Uses of each operation, by its name. */
export const uses: Readonly<Record<string, fc.Arbitrary<Use>>> = {
  add: two(ofTwo.add, (a, b) => a + b),
  sub: two(ofTwo.sub, (a, b) => a - b),
  mul: two(ofTwo.mul, (a, b) => a * b),
  div: two(ofTwo.div, (a, b) => a / b, [[-3, 3], positive]),
  pow: two(ofTwo.pow, (a, b) => a ** b, [positive, [-2, 2]]),
  maximum: two(ofTwo.maximum, Math.max),
  minimum: two(ofTwo.minimum, Math.min),
  neg: one(ofOne.neg, (x) => -x),
  abs: one(ofOne.abs, Math.abs, undefined, kink),
  sign: one(ofOne.sign, Math.sign, undefined, jumps),
  square: one(ofOne.square, (x) => x * x),
  relu: one(ofOne.relu, (x) => Math.max(x, 0), undefined, kink),
  floor: one(ofOne.floor, Math.floor, undefined, jumps),
  sqrt: one(ofOne.sqrt, Math.sqrt, positive),
  exp: one(ofOne.exp, Math.exp),
  expm1: one(ofOne.expm1, Math.expm1),
  log: one(ofOne.log, Math.log, positive),
  log1p: one(ofOne.log1p, Math.log1p, [-0.5, 3]),
  sigmoid: one(ofOne.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  softplus: one(ofOne.softplus, (x) => Math.log1p(Math.exp(x))),
  tanh: one(ofOne.tanh, Math.tanh),
  sin: one(ofOne.sin, Math.sin),
  cos: one(ofOne.cos, Math.cos),
  greater: comparison(compare.greater, (a, b) => a > b),
  greaterEqual: comparison(compare.greaterEqual, (a, b) => a >= b),
  less: comparison(compare.less, (a, b) => a < b),
  lessEqual: comparison(compare.lessEqual, (a, b) => a <= b),
  equal: comparison(compare.equal, (a, b) => a === b),
  notEqual: comparison(compare.notEqual, (a, b) => a !== b),
  logicalAnd: comparison(compare.logicalAnd, (a, b) => a !== 0 && b !== 0),
  logicalOr: comparison(compare.logicalOr, (a, b) => a !== 0 || b !== 0),
  logicalNot: one(compare.logicalNot, (x) => (x === 0 ? 1 : 0), undefined, jumps),
  where: choices,
  sum: reduced(reduce.sum, total),
  mean: reduced(reduce.mean, (x) => total(x) / x.length),
  max: reduced(reduce.max, (x) => Math.max(...x)),
  min: reduced(reduce.min, (x) => Math.min(...x)),
  prod: reduced(reduce.prod, (x) => x.reduce((product, each) => product * each, 1), [0.5, 1.5]),
  logSumExp: reduced(reduce.logSumExp, logTotal),
  softmax: lastAxis(reduce.softmax, (x) => x.map((each) => Math.exp(each - logTotal(x)))),
  logSoftmax: lastAxis(reduce.logSoftmax, (x) => x.map((each) => each - logTotal(x))),
  cumsum: cumulative,
  dot: dots,
  matmul: products,
  at: picks,
  slice: slices,
  stack: stacks,
  concat: concats,
  split: splits,
  reshape: shapes,
  transpose: transposes
}
