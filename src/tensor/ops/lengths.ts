import type { Shape } from "../Tensor.ts"

/*
 * Sums and differences of lengths in the types, by tuples: exact for lengths below 1000, and `number` beyond, which is checked when a program runs.
 */

/** a + b + … for the lengths in a list. */
export type Total<N extends Shape, Sum extends Shape = readonly []> = N extends readonly [
  infer First extends number,
  ...infer Others extends Shape
]
  ? IsSmall<First> extends true
    ? IsSmall<Sum["length"]> extends true
      ? Total<Others, readonly [...Sum, ...TupleOf<First>]>
      : number
    : number
  : N extends readonly []
    ? Sum["length"]
    : number

/** b − a; `never` where a is larger. */
export type Difference<A extends number, B extends number> =
  IsSmall<A> extends true
    ? IsSmall<B> extends true
      ? TupleOf<B> extends readonly [...TupleOf<A>, ...infer Others extends Shape]
        ? Others["length"]
        : never
      : number
    : number

type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"
type IsSmall<N extends number> = `${N}` extends Digit | `${Digit}${Digit}` | `${Digit}${Digit}${Digit}` ? true : false

/** A tuple of as many zeros, digit by digit. */
type TupleOf<N extends number> = OfDigits<`${N}`, []>
type OfDigits<Digits extends string, T extends Array<0>> = Digits extends `${infer D extends Digit}${infer Others}`
  ? OfDigits<Others, [...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...T, ...Few[D]]>
  : T
interface Few {
  "0": []
  "1": [0]
  "2": [0, 0]
  "3": [0, 0, 0]
  "4": [0, 0, 0, 0]
  "5": [0, 0, 0, 0, 0]
  "6": [0, 0, 0, 0, 0, 0]
  "7": [0, 0, 0, 0, 0, 0, 0]
  "8": [0, 0, 0, 0, 0, 0, 0, 0]
  "9": [0, 0, 0, 0, 0, 0, 0, 0, 0]
}
