import { type Interval, includes, interval, nonNegatives, positives, reals } from "../tensor/Interval.ts"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"
import { lowerTriangular, positiveDefinite, slack, sum, unitRows } from "./formula/membership.ts"

/** The sets on which distributions live. Each has a row in the table below. */
export type Support =
  | "real"
  | "positive"
  | "nonNegative"
  | "unitInterval"
  | "interval"
  | "circle"
  | "boolean"
  | "integer"
  | "natural"
  | "positiveInteger"
  | "integerInterval"
  | "category"
  | "oneHot"
  | "simplex"
  | "ordered"
  | "positiveDefinite"
  | "lowerCholesky"
  | "correlationCholesky"

/** The facts about one set on which distributions live. */
interface Row {
  /** the number of trailing dimensions of one point of the set: 0 for numbers, 1 for vectors, 2 for matrices */
  readonly eventRank: 0 | 1 | 2
  /** whether distributions on it have a density, or a mass at each point */
  readonly kind: "density" | "mass"
  /** the range of each single number of a point; on a support of masses the numbers are whole. If `eventRank` is 0 this is the whole membership test */
  readonly range: Interval
  /** the joint condition on the numbers of one point, for vectors [n] and matrices [n, n] */
  readonly together?: (point: ArrayLike<number>, n: number) => boolean
  /** for a prior on this set, the supports that a guide may have: those inside it, of the same kind, up to points of measure zero */
  readonly guides: ReadonlyArray<Support>
  /**
   * for a likelihood on this set, the supports that data may have: those of which every value has a density or mass on this set, or which are checked
   * number by number
   */
  readonly data: ReadonlyArray<Support>
  /** the advice for data that do not fit */
  readonly advice?: string
  /** the words for a parameter on this set, if it is a number */
  readonly words?: string
}

/** π in float32: the largest angle. */
const pi = Math.fround(Math.PI)
const unit = interval(0, 1)

/** The facts about the supports, which types and checks read. */
const supports = {
  /** any finite number */
  real: {
    eventRank: 0,
    kind: "density",
    range: reals,
    words: "a finite number",
    guides: ["real", "positive", "nonNegative", "unitInterval", "interval", "circle", "ordered"],
    data: [
      ...["real", "positive", "nonNegative", "unitInterval", "interval", "circle", "ordered", "simplex"],
      ...["boolean", "integer", "natural", "positiveInteger", "integerInterval", "category", "oneHot"],
      ...["positiveDefinite", "lowerCholesky", "correlationCholesky"]
    ]
  },
  /** numbers above 0 */
  positive: {
    eventRank: 0,
    kind: "density",
    range: positives,
    words: "a number above 0",
    guides: ["positive", "nonNegative", "unitInterval"],
    data: ["positive", "positiveInteger"],
    advice: "data above 0"
  },
  /** numbers from 0 */
  nonNegative: {
    eventRank: 0,
    kind: "density",
    range: nonNegatives,
    words: "a number from 0",
    guides: ["positive", "nonNegative", "unitInterval"],
    data: [
      ...["positive", "nonNegative", "unitInterval", "simplex"],
      ...["boolean", "natural", "positiveInteger", "category", "oneHot"]
    ],
    advice: "data from 0"
  },
  /** [0, 1] */
  unitInterval: {
    eventRank: 0,
    kind: "density",
    range: unit,
    words: "a number from 0 to 1",
    guides: ["unitInterval"],
    data: ["unitInterval", "boolean", "oneHot", "simplex"],
    advice: "data scaled to [0, 1]"
  },
  /** the numbers between two bounds, which the distribution's parameters give; a bound may be infinite */
  interval: {
    eventRank: 0,
    kind: "density",
    range: reals,
    guides: ["interval"],
    data: ["interval", "real", "positive", "nonNegative", "unitInterval", "circle"],
    advice: "numbers between the bounds of the distribution's interval"
  },
  /** angles in (−π, π] */
  circle: {
    eventRank: 0,
    kind: "density",
    range: interval(-pi, pi),
    guides: ["circle", "unitInterval"],
    data: ["circle", "unitInterval", "boolean"],
    advice: "angles in (−π, π]"
  },
  /** 0 or 1 */
  boolean: {
    eventRank: 0,
    kind: "mass",
    range: unit,
    guides: ["boolean", "oneHot"],
    data: ["boolean", "oneHot"],
    advice: "for grey values use Data.binarize, or Bernoulli({ logits, soft: true })"
  },
  /** whole numbers */
  integer: {
    eventRank: 0,
    kind: "mass",
    range: reals,
    words: "a whole number",
    guides: ["integer", "natural", "positiveInteger", "integerInterval", "category", "boolean", "oneHot"],
    data: ["integer", "natural", "positiveInteger", "integerInterval", "category", "boolean", "oneHot"],
    advice: "whole numbers"
  },
  /** whole numbers from 0 */
  natural: {
    eventRank: 0,
    kind: "mass",
    range: nonNegatives,
    words: "a whole number from 0",
    guides: ["natural", "positiveInteger", "category", "boolean", "oneHot"],
    data: ["natural", "positiveInteger", "category", "boolean", "oneHot"],
    advice: "counts: whole numbers from 0"
  },
  /** whole numbers from 1 */
  positiveInteger: {
    eventRank: 0,
    kind: "mass",
    range: interval(1, Number.POSITIVE_INFINITY, "[)"),
    guides: ["positiveInteger"],
    data: ["positiveInteger"],
    advice: "whole numbers from 1"
  },
  /** the whole numbers from one bound to another, which the distribution's parameters give */
  integerInterval: {
    eventRank: 0,
    kind: "mass",
    range: reals,
    guides: ["integerInterval"],
    data: ["integerInterval", "integer", "natural", "positiveInteger", "category", "boolean"],
    advice: "whole numbers between the bounds of the distribution's interval"
  },
  /** labels 0, 1, … n − 1 */
  category: {
    eventRank: 0,
    kind: "mass",
    range: nonNegatives,
    guides: ["category", "boolean", "oneHot"],
    data: ["category", "natural", "positiveInteger", "boolean", "oneHot"],
    advice: "labels: whole numbers from 0"
  },
  /** vectors of zeros with a single 1 */
  oneHot: {
    eventRank: 1,
    kind: "mass",
    range: unit,
    together: (point) => sum(point) === 1,
    guides: ["oneHot"],
    data: ["oneHot"],
    advice: "vectors of zeros with a single 1"
  },
  /** vectors of non-negative numbers that add up to 1 */
  simplex: {
    eventRank: 1,
    kind: "density",
    range: unit,
    together: (point, n) => Math.abs(sum(point) - 1) <= slack(n),
    guides: ["simplex"],
    data: ["simplex"],
    advice: "vectors of non-negative numbers that add up to 1"
  },
  /** vectors of increasing numbers */
  ordered: {
    eventRank: 1,
    kind: "density",
    range: reals,
    together: (point) => Array.from(point).every((x, i) => i === 0 || x > (point[i - 1] ?? x)),
    guides: ["ordered"],
    data: ["ordered"],
    advice: "vectors of increasing numbers"
  },
  /** symmetric matrices with positive eigenvalues */
  positiveDefinite: {
    eventRank: 2,
    kind: "density",
    range: reals,
    together: positiveDefinite,
    guides: ["positiveDefinite"],
    data: ["positiveDefinite"],
    advice: "symmetric matrices with positive eigenvalues"
  },
  /** lower-triangular matrices with a positive diagonal */
  lowerCholesky: {
    eventRank: 2,
    kind: "density",
    range: reals,
    together: lowerTriangular,
    guides: ["lowerCholesky"],
    data: ["lowerCholesky", "correlationCholesky"],
    advice: "lower-triangular matrices with a positive diagonal"
  },
  /** Cholesky factors of correlation matrices: lower-triangular, with a positive diagonal and rows of length 1 */
  correlationCholesky: {
    eventRank: 2,
    kind: "density",
    range: interval(-1, 1),
    together: (matrix, n) => lowerTriangular(matrix, n) && unitRows(matrix, n),
    guides: ["correlationCholesky"],
    data: ["correlationCholesky"],
    advice: "Cholesky factors of correlation matrices"
  }
} as const satisfies { readonly [P in Support]: Row }

type Rows = typeof supports

/** For a prior on each support, the supports that a guide may have: those inside it, and of the same kind (a density or a mass). */
export type Accepts = { readonly [P in Support]: Rows[P]["guides"][number] }

/** Whether distributions on each support have a density, or a mass at each point. */
export type Kinds = { readonly [P in Support]: Rows[P]["kind"] }

/** For a likelihood on each support, the supports that data may have. */
export type AcceptsData = { readonly [P in Support]: Rows[P]["data"][number] }

/** The advice for data that do not fit. It stands beside the supports that do fit, so that the compiler prints both. */
export type DataAdvice = { readonly [P in Support]: Rows[P] extends { readonly advice: infer A } ? A : never }

const each = <A>(read: (row: Row) => A): { readonly [P in Support]: A } =>
  Object.fromEntries(Object.entries(supports).map(([name, row]) => [name, read(row)])) as { readonly [P in Support]: A }

/** The same relation as {@link Accepts}, for programs whose types were not checked. */
export const accepts: { readonly [P in Support]: ReadonlyArray<Support> } = each(({ guides }) => guides)

/** The same relation as {@link AcceptsData}. */
export const acceptsData: { readonly [P in Support]: ReadonlyArray<Support> } = each(({ data }) => data)

/** The test for each single number of a point of a support. On supports of numbers it is the whole membership test; see {@link holds}. */
export const contains: { readonly [P in Support]: (x: number) => boolean } = each(({ range, kind }) =>
  kind === "mass" ? (x) => Number.isInteger(x) && includes(range, x) : (x) => includes(range, x)
)

/** The range of each single number of a point of a support, as far as the support determines it. */
export const rangeOf = (support: Support): Interval => supports[support].range

/** The words for a parameter on a support, if it is a number. */
export const wordsOf = (support: Support): string | undefined => {
  const { words }: Row = supports[support]
  return words
}

/** The number of trailing dimensions of one point of a support. */
export const eventRankOf: { readonly [P in Support]: 0 | 1 | 2 } = each(({ eventRank }) => eventRank)

/** Whether distributions on a support have a density, or a mass at each point. */
export const kindOf: { readonly [P in Support]: "density" | "mass" } = each(({ kind }) => kind)

export const isSupport = (name: string): name is Support => name in supports

/** Whether a value of the given shape lies in a support: each number, and each of the vectors or matrices of which it consists. */
export const holds = (support: Support, values: ArrayLike<number>, shape: Shape): boolean =>
  Array.from(values).every(contains[support]) && outsider(support, values, shape) === undefined

/**
 * `values` holds complete values of the given shape, one after the other. Returns the index at which the first vector or matrix begins that violates
 * the joint condition on its numbers, or `undefined` if none does.
 */
export const outsider = (support: Support, values: ArrayLike<number>, shape: Shape, scale = 1): number | undefined => {
  const { eventRank, together }: Row = supports[support]
  if (together === undefined || values.length === 0) return undefined
  const event = shape.slice(-eventRank)
  const [width, n] = [sizeOf(event), event.at(-1) ?? 1]
  if (shape.length < eventRank || !event.every((length) => length === n)) return 0
  const pointAt = (start: number): ReadonlyArray<number> =>
    Array.from({ length: width }, (_, i) => (values[start + i] ?? Number.NaN) * scale)
  for (let start = 0; start < values.length; start += width) if (!together(pointAt(start), n)) return start
  return undefined
}
