import type { Shape, ToNumber } from "../Tensor.ts"

/* Sums and differences of lengths in the types, digit by digit as in addition on paper, from the last to the first. An unknown length is `number`. */

/** The sum of the lengths in a list. */
export type Total<N extends Shape, Sum extends number = 0> = N extends readonly [
  infer First extends number,
  ...infer Others extends Shape
]
  ? Total<Others, Plus<Sum, First>>
  : N extends readonly []
    ? Sum
    : number

type Plus<A extends number, B extends number> = number extends A | B
  ? number
  : ToNumber<Backwards<Added<Backwards<`${A}`>, Backwards<`${B}`>, "0">>>

/** b − a; `never` if a is larger, or is no length. */
export type Difference<A extends number, B extends number> = number extends A | B
  ? number
  : ToNumber<Backwards<Taken<Backwards<`${B}`>, Backwards<`${A}`>, "0">>>

type Backwards<Text extends string, Out extends string = ""> = Text extends `${infer First}${infer Others}`
  ? Backwards<Others, `${First}${Out}`>
  : Out

type Digit = keyof Ones
type Carry = "0" | "1"

/** The sum of two numbers, with their digits in reverse order, and of a carry. */
type Added<A extends string, B extends string, C extends Carry> = A extends `${infer D extends Digit}${infer A0}`
  ? B extends `${infer E extends Digit}${infer B0}`
    ? AddedAfter<CountOf<[...Ones[D], ...Ones[E], ...Ones[C]]>, A0, B0>
    : B extends ""
      ? Added<A, "0", C>
      : never
  : A extends ""
    ? B extends ""
      ? C extends "0"
        ? ""
        : "1"
      : Added<"0", B, C>
    : never
type AddedAfter<Count extends string, A extends string, B extends string> = Count extends `1${infer D extends Digit}`
  ? `${D}${Added<A, B, "1">}`
  : `${Count}${Added<A, B, "0">}`

/** The same for the first number less the second one and less a borrow; `never` for a negative result. */
type Taken<A extends string, B extends string, C extends Carry> = B extends `${infer E extends Digit}${infer B0}`
  ? A extends `${infer D extends Digit}${infer A0}`
    ? Ones[D] extends [...Ones[E], ...Ones[C], ...infer Left]
      ? `${CountOf<Left>}${Taken<A0, B0, "0">}`
      : [...Ones[D], ...Ones["9"], 1] extends [...Ones[E], ...Ones[C], ...infer Left]
        ? `${CountOf<Left>}${Taken<A0, B0, "1">}`
        : never
    : never
  : B extends ""
    ? C extends "0"
      ? A
      : Taken<A, "0", C>
    : never

type CountOf<T extends ReadonlyArray<unknown>> = T["length"] extends infer N extends number ? `${N}` : never

/** Each digit as a list of as many elements. */
interface Ones {
  "0": []
  "1": [1]
  "2": [1, 1]
  "3": [1, 1, 1]
  "4": [1, 1, 1, 1]
  "5": [1, 1, 1, 1, 1]
  "6": [1, 1, 1, 1, 1, 1]
  "7": [1, 1, 1, 1, 1, 1, 1]
  "8": [1, 1, 1, 1, 1, 1, 1, 1]
  "9": [1, 1, 1, 1, 1, 1, 1, 1, 1]
}
