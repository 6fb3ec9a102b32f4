import { ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape } from "../../tensor/Tensor.ts"
import type { Side, Successor } from "./counting.ts"

/** The rule of a transform for shapes. All rules except `same` and a reshape concern only the last dimensions. */
export type ShapeRule =
  /** the shape does not change */
  | "same"
  /** vectors of n numbers become vectors of n + 1 */
  | "successor"
  /** vectors of n(n + 1)/2 numbers become matrices of n rows */
  | "triangle"
  /** vectors of n(n − 1)/2 numbers become matrices of n rows */
  | "strictTriangle"
  | { readonly from: Shape; readonly to: Shape }
  | { readonly inverse: ShapeRule }
  | { readonly chain: ReadonlyArray<ShapeRule> }

type Lead<S extends Shape, L extends Shape> = S extends readonly [...infer A extends Shape, ...L] ? A : never

/** The shape after a transform; `never` for a shape that it does not accept, `Shape` if the compiler cannot know it. */
export type ShapeAfter<R, S extends Shape> = [ShapeRule] extends [R]
  ? Shape
  : number extends S["length"]
    ? Shape
    : Ruled<R, S>

type Ruled<R, S extends Shape> = R extends "same"
  ? S
  : R extends "successor"
    ? S extends readonly [...infer A extends Shape, infer N extends number]
      ? readonly [...A, Successor<N>]
      : never
    : R extends "triangle"
      ? S extends readonly [...infer A extends Shape, infer K extends number]
        ? readonly [...A, Side<K>, Side<K>]
        : never
      : R extends "strictTriangle"
        ? S extends readonly [...infer A extends Shape, infer K extends number]
          ? readonly [...A, Successor<Side<K>>, Successor<Side<K>>]
          : never
        : R extends { readonly from: infer From extends Shape; readonly to: infer To extends Shape }
          ? number extends S[number]
            ? Shape
            : [Lead<S, From>] extends [never]
              ? never
              : readonly [...Lead<S, From>, ...To]
          : R extends { readonly inverse: infer I }
            ? ShapeBefore<I, S>
            : R extends { readonly chain: readonly [infer A, ...infer Rest] }
              ? [ShapeAfter<A, S>] extends [never]
                ? never
                : ShapeAfter<{ readonly chain: Rest }, ShapeAfter<A, S>>
              : R extends { readonly chain: readonly [] }
                ? S
                : Shape

/** The shape before a transform, with `number` for lengths that the compiler does not compute. */
type ShapeBefore<R, S extends Shape> = R extends "same"
  ? S
  : R extends "successor"
    ? S extends readonly [...infer A extends Shape, number]
      ? readonly [...A, number]
      : never
    : R extends "triangle" | "strictTriangle"
      ? S extends readonly [...infer A extends Shape, number, number]
        ? readonly [...A, number]
        : never
      : R extends { readonly from: infer From extends Shape; readonly to: infer To extends Shape }
        ? ShapeAfter<{ readonly from: To; readonly to: From }, S>
        : R extends { readonly inverse: infer I }
          ? ShapeAfter<I, S>
          : Shape

interface Rule {
  readonly after: (shape: Shape) => Shape | undefined
  readonly before: (shape: Shape) => Shape | undefined
  /** the shapes before and after, for messages */
  readonly example: readonly [Shape, Shape]
}

const rules: { readonly [R in Extract<ShapeRule, string>]: Rule } = {
  same: { after: (shape) => shape, before: (shape) => shape, example: [[], []] },
  successor: {
    after: ([...lead]) => onLast(lead, (n) => [n + 1]),
    before: ([...lead]) => onLast(lead, (n) => (n > 1 ? [n - 1] : undefined)),
    example: [[2], [3]]
  },
  triangle: {
    after: ([...lead]) => onLast(lead, (k) => square(sideOf(k))),
    before: (shape) => onSquare(shape, (n) => (n * (n + 1)) / 2),
    example: [[6], [3, 3]]
  },
  strictTriangle: {
    after: ([...lead]) => onLast(lead, (k) => square(sideOf(k) + 1)),
    before: (shape) => onSquare(shape, (n) => (n * (n - 1)) / 2),
    example: [[3], [3, 3]]
  }
}

/** The n for n(n + 1)/2 numbers. */
export const sideOf = (count: number): number => (Math.sqrt(8 * count + 1) - 1) / 2

const onLast = (lead: Array<number>, f: (n: number) => Shape | undefined): Shape | undefined => {
  const n = lead.pop()
  const event = n === undefined ? undefined : f(n)
  return event && [...lead, ...event]
}

const square = (n: number): Shape | undefined => (Number.isInteger(n) && n > 0 ? [n, n] : undefined)

const onSquare = (shape: Shape, count: (n: number) => number): Shape | undefined => {
  const [rows, columns] = shape.slice(-2)
  return rows === undefined || rows !== columns || count(rows) === 0 ? undefined : [...shape.slice(0, -2), count(rows)]
}

const reshaping = (from: Shape, to: Shape): Rule => {
  const change = (shape: Shape, a: Shape, b: Shape): Shape | undefined => {
    const lead = shape.slice(0, shape.length - a.length)
    return sameShape(shape, [...lead, ...a]) ? [...lead, ...b] : undefined
  }
  return {
    after: (shape) => change(shape, from, to),
    before: (shape) => change(shape, to, from),
    example: [from, to]
  }
}

const inverted = ({ after, before, example: [from, to] }: Rule): Rule => ({
  after: before,
  before: after,
  example: [to, from]
})

const chained = (list: ReadonlyArray<Rule>): Rule => ({
  after: (shape) => list.reduce<Shape | undefined>((at, rule) => at && rule.after(at), shape),
  before: (shape) => list.reduceRight<Shape | undefined>((at, rule) => at && rule.before(at), shape),
  example: [list[0]?.example[0] ?? [], list.at(-1)?.example[1] ?? []]
})

const ruleOf = (rule: ShapeRule): Rule =>
  typeof rule === "string"
    ? rules[rule]
    : "from" in rule
      ? reshaping(rule.from, rule.to)
      : "inverse" in rule
        ? inverted(ruleOf(rule.inverse))
        : chained(rule.chain.map(ruleOf))

/** @throws ShapeMismatch for a shape that the rule does not accept */
export const shapeAfter = (where: string, rule: ShapeRule, shape: Shape): Shape => {
  const { after, example } = ruleOf(rule)
  return after(shape) ?? refuse(where, example[0], shape)
}

/** @throws ShapeMismatch for a shape that the rule does not give */
export const shapeBefore = (where: string, rule: ShapeRule, shape: Shape): Shape => {
  const { before, example } = ruleOf(rule)
  return before(shape) ?? refuse(`the inverse of ${where}`, example[1], shape)
}

const refuse = (where: string, expected: Shape, actual: Shape): never => {
  const advice = "The last dimensions must be of that kind; this is one that fits."
  throw new ShapeMismatch({ site: undefined, where, expected, actual, advice })
}
