import { type Code, call, get, join, set, v, type Written, w } from "./code.ts"

/** The functions that a module has of its own, by their numbers in it. */
export interface Elementary {
  readonly exp: number
  readonly log: number
  readonly log1p: number
}

/** The functions, if the first one has the given number. */
export const elementaryFrom = (
  first: number
): { readonly own: Elementary; readonly functions: ReadonlyArray<Written> } => ({
  own: { exp: first, log: first + 1, log1p: first + 2 },
  functions: [exponential, logarithm, logarithmOfMore(first + 1)]
})

const x = get(0)
const [n, y, z] = [1, 2, 3]

/** A polynomial by Horner's rule, the coefficient of the highest power first. */
const polynomial = (at: Code, [first = 0, ...rest]: ReadonlyArray<number>): Code =>
  rest.reduce<Code>((sum, coefficient) => v.add(v.mul(sum, at), v.constant(coefficient)), v.constant(first))

/** ln 2 in two parts, of which the first has so few digits that its product with an exponent is exact. */
const ln2 = [0.693359375, -2.1219444e-4] as const

/** 2ⁿ of whole numbers in the range of exponents. */
const powerOfTwo = (n: Code): Code => w.shiftLeft(w.add(n, w.constant(127)), 23)

/** eˣ = 2ⁿ e^r with |r| ≤ ½ ln 2, e^r by the polynomial of Cephes (Moshier). 2ⁿ has two factors, so that the ends of the range come out right. */
const exponential: Written = {
  kind: "ofFour",
  variables: [[3, "four"]],
  body: join(
    set(0, v.max(v.min(x, v.constant(89)), v.constant(-104))),
    set(z, v.nearest(v.mul(x, v.constant(Math.LOG2E)))),
    set(0, v.sub(v.sub(x, v.mul(get(z), v.constant(ln2[0]))), v.mul(get(z), v.constant(ln2[1])))),
    set(n, w.ofNumbers(get(z))),
    set(y, polynomial(x, [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5])),
    set(y, v.add(v.add(v.mul(v.mul(get(y), x), x), x), v.constant(1))),
    set(z, w.shiftRight(get(n), 1)),
    v.mul(v.mul(get(y), powerOfTwo(get(z))), powerOfTwo(w.sub(get(n), get(z))))
  )
}

const mantissa = 0x007fffff
const half = 0x3f000000
const smallest = 2 ** -126

/** log x = n ln 2 + log m with √½ ≤ m < √2, log m by the polynomial of Cephes; numbers too small for a full mantissa are scaled first. */
const logarithm: Written = {
  kind: "ofFour",
  variables: [[4, "four"]],
  body: join(
    set(4, v.lt(x, v.constant(smallest))),
    set(y, v.choose(get(4), v.mul(x, v.constant(2 ** 25)), x)),
    set(n, w.toNumbers(w.sub(w.shiftRight(get(y), 23), w.constant(126)))),
    set(n, v.sub(get(n), v.and(get(4), v.constant(25)))),
    set(y, v.or(v.and(get(y), w.constant(mantissa)), w.constant(half))),
    set(z, v.lt(get(y), v.constant(Math.SQRT1_2))),
    set(n, v.sub(get(n), v.and(get(z), v.constant(1)))),
    set(y, v.sub(v.add(get(y), v.and(get(y), get(z))), v.constant(1))),
    set(z, v.mul(get(y), get(y))),
    set(
      4,
      polynomial(
        get(y),
        [
          7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
          2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
        ]
      )
    ),
    set(4, v.add(v.mul(v.mul(get(4), get(y)), get(z)), v.mul(get(n), v.constant(ln2[1])))),
    set(4, v.sub(get(4), v.mul(get(z), v.constant(0.5)))),
    set(4, v.add(v.add(get(y), get(4)), v.mul(get(n), v.constant(ln2[0])))),
    // infinity and NaN are their own logarithm, 0 has −∞, and less than 0 none
    set(4, v.choose(v.lt(x, v.constant(Number.POSITIVE_INFINITY)), get(4), x)),
    set(4, v.choose(v.eq(x, v.constant(0)), v.constant(Number.NEGATIVE_INFINITY), get(4))),
    v.choose(v.lt(x, v.constant(0)), v.constant(Number.NaN), get(4))
  )
}

/** log(1 + x) = log u − (u − 1 − x)/u with u = 1 + x, whose rounding the second term makes up for; it is left out at the ends, where it is no number. */
const logarithmOfMore = (log: number): Written => ({
  kind: "ofFour",
  variables: [[2, "four"]],
  body: join(
    set(n, v.add(v.constant(1), x)),
    set(y, v.div(v.sub(v.sub(get(n), v.constant(1)), x), get(n))),
    set(0, v.and(v.gt(get(n), v.constant(0)), v.lt(get(n), v.constant(Number.POSITIVE_INFINITY)))),
    v.sub(call(log, get(n)), v.and(get(y), x))
  )
})
