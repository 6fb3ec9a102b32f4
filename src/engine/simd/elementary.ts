import { type Code, get, join, set, v, w } from "./code.ts"

/** Variables of the function that is written, for the body of one loop. */
export interface Scratch {
  /** a variable of four numbers that nothing else uses */
  readonly fresh: () => number
  /** a number four times, set before the loop */
  readonly constant: (x: number) => Code
  /** the same for a whole number */
  readonly wholes: (n: number) => Code
}

/** Functions of four numbers, written where they are used: their constants are set once before the loop, and a call would take as long as a quarter of eˣ. */
export interface Elementary extends Scratch {
  readonly exp: (x: Code) => Code
  readonly log: (x: Code) => Code
  readonly log1p: (x: Code) => Code
  /** log(1 + x) of x in [0, 1] */
  readonly log1pOfUnit: (x: Code) => Code
  /** e^(−|x|) of a variable, computed once for `x` and for a product of x by ±1 */
  readonly expOfMinusAbs: (x: Code) => Code
  /** says that two variables differ by their signs alone */
  readonly alike: (x: Code, y: Code) => void
}

export const elementaryWith = (scratch: Scratch): Elementary => {
  const log = logarithm(scratch)
  const exp = exponential(scratch)
  const [magnitudes, known] = [new Map<string, Code>(), new Map<string, Code>()]
  return {
    ...scratch,
    exp,
    log,
    log1p: logarithmOfMore(scratch, log),
    log1pOfUnit: logarithmOfUnit(scratch),
    expOfMinusAbs: (x) => {
      const magnitude = magnitudes.get(`${x}`) ?? x
      const found = known.get(`${magnitude}`)
      if (found !== undefined) return found
      const y = scratch.fresh()
      known.set(`${magnitude}`, get(y))
      return join(set(y, exp(v.neg(v.abs(magnitude)))), get(y))
    },
    alike: (x, y) => {
      magnitudes.set(`${y}`, magnitudes.get(`${x}`) ?? x)
    }
  }
}

/** A polynomial by Horner's rule, the coefficient of the highest power first. */
const polynomial = ({ constant }: Scratch, at: Code, [first = 0, ...rest]: ReadonlyArray<number>): Code =>
  rest.reduce<Code>((sum, coefficient) => v.add(v.mul(sum, at), constant(coefficient)), constant(first))

/** ln 2 in two parts, of which the first has so few digits that its product with an exponent is exact. */
const ln2 = [0.693359375, -2.1219444e-4] as const

/** Added to a number below 2²², it leaves the nearest whole number in the last bits. */
const rounding = 1.5 * 2 ** 23
const bitsOfRounding = 0x4b400000

/** eˣ = 2ⁿ e^r with |r| ≤ ½ ln 2, e^r by the polynomial of Cephes (Moshier). 2ⁿ has two factors, so that the ends of the range come out right. */
const exponential = (scratch: Scratch) => {
  const { fresh, constant, wholes } = scratch
  const powerOfTwo = (n: Code): Code => w.shiftLeft(w.add(n, wholes(127)), 23)
  return (given: Code): Code => {
    const [x, n, y, z] = [fresh(), fresh(), fresh(), fresh()]
    return join(
      set(x, v.greatest(v.least(given, constant(89)), constant(-104))),
      set(z, v.add(v.mul(get(x), constant(Math.LOG2E)), constant(rounding))),
      set(n, w.sub(get(z), wholes(bitsOfRounding))),
      set(z, v.sub(get(z), constant(rounding))),
      set(x, v.sub(v.sub(get(x), v.mul(get(z), constant(ln2[0]))), v.mul(get(z), constant(ln2[1])))),
      set(
        y,
        polynomial(
          scratch,
          get(x),
          [1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5]
        )
      ),
      set(y, v.add(v.add(v.mul(v.mul(get(y), get(x)), get(x)), get(x)), constant(1))),
      set(z, w.shiftRight(get(n), 1)),
      v.mul(v.mul(get(y), powerOfTwo(get(z))), powerOfTwo(w.sub(get(n), get(z))))
    )
  }
}

const mantissa = 0x007fffff
const half = 0x3f000000
const smallest = 2 ** -126

/** log(1 + y) − y + ½ y² for √½ ≤ 1 + y < √2 by the polynomial of Cephes. */
const beyondSquare = (scratch: Scratch, y: Code, square: Code): Code =>
  v.mul(
    v.mul(
      polynomial(
        scratch,
        y,
        [
          7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
          2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1
        ]
      ),
      y
    ),
    square
  )

/** log x = n ln 2 + log m with √½ ≤ m < √2; numbers too small for a full mantissa are scaled first. */
const logarithm = (scratch: Scratch) => {
  const { fresh, constant, wholes } = scratch
  return (given: Code): Code => {
    const [x, n, y, z, sum] = [fresh(), fresh(), fresh(), fresh(), fresh()]
    return join(
      set(x, given),
      set(sum, v.lt(get(x), constant(smallest))),
      set(y, v.choose(get(sum), v.mul(get(x), constant(2 ** 25)), get(x))),
      set(n, w.toNumbers(w.sub(w.shiftRight(get(y), 23), wholes(126)))),
      set(n, v.sub(get(n), v.and(get(sum), constant(25)))),
      set(y, v.or(v.and(get(y), wholes(mantissa)), wholes(half))),
      set(z, v.lt(get(y), constant(Math.SQRT1_2))),
      set(n, v.sub(get(n), v.and(get(z), constant(1)))),
      set(y, v.sub(v.add(get(y), v.and(get(y), get(z))), constant(1))),
      set(z, v.mul(get(y), get(y))),
      set(sum, v.add(beyondSquare(scratch, get(y), get(z)), v.mul(get(n), constant(ln2[1])))),
      set(sum, v.sub(get(sum), v.mul(get(z), constant(0.5)))),
      set(sum, v.add(v.add(get(y), get(sum)), v.mul(get(n), constant(ln2[0])))),
      // infinity and NaN are their own logarithm, 0 has −∞, and less than 0 none
      set(sum, v.choose(v.lt(get(x), constant(Number.POSITIVE_INFINITY)), get(sum), get(x))),
      set(sum, v.choose(v.eq(get(x), constant(0)), constant(Number.NEGATIVE_INFINITY), get(sum))),
      v.choose(v.lt(get(x), constant(0)), constant(Number.NaN), get(sum))
    )
  }
}

/** log(1 + x) = log u − (u − 1 − x)/u with u = 1 + x, whose rounding the second term makes up for; it is left out at the ends, where it is no number. */
const logarithmOfMore =
  ({ fresh, constant }: Scratch, log: (x: Code) => Code) =>
  (given: Code): Code => {
    const [x, u, rest] = [fresh(), fresh(), fresh()]
    return join(
      set(x, given),
      set(u, v.add(constant(1), get(x))),
      set(rest, v.div(v.sub(v.sub(get(u), constant(1)), get(x)), get(u))),
      set(x, v.and(v.gt(get(u), constant(0)), v.lt(get(u), constant(Number.POSITIVE_INFINITY)))),
      v.sub(log(get(u)), v.and(get(rest), get(x)))
    )
  }

/** log(1 + x) of x in [0, 1]: that of x, or ln 2 and that of (x − 1)/2, which has no rounding to make up for. */
const logarithmOfUnit = (scratch: Scratch) => {
  const { fresh, constant } = scratch
  return (given: Code): Code => {
    const [y, isLarge, square] = [fresh(), fresh(), fresh()]
    return join(
      set(y, given),
      set(isLarge, v.gt(get(y), constant(Math.SQRT2 - 1))),
      set(y, v.choose(get(isLarge), v.mul(v.sub(get(y), constant(1)), constant(0.5)), get(y))),
      set(square, v.mul(get(y), get(y))),
      set(square, v.sub(beyondSquare(scratch, get(y), get(square)), v.mul(get(square), constant(0.5)))),
      v.add(v.add(get(y), get(square)), v.and(get(isLarge), constant(Math.LN2)))
    )
  }
}
