import fc from "fast-check"
import { Kumaraswamy } from "../../../src/dist/Kumaraswamy.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

interface Parameters {
  readonly [name: string]: number
  readonly concentration1: number
  readonly concentration0: number
}

/** E[xⁿ], by the midpoint rule over the quantiles. */
const moment = (n: number, { concentration1: a, concentration0: b }: Parameters): number =>
  Array.from({ length: 1000 }, (_, i) => (1 - ((i + 0.5) / 1000) ** (1 / b)) ** (n / a)).reduce(
    (sum, x) => sum + x / 1000,
    0
  )

export const kumaraswamy: Row<Parameters> = {
  family: "Kumaraswamy",
  make: ({ concentration1, concentration0 }) => Kumaraswamy(concentration1, concentration0),
  settings: fc.record({ concentration1: number(0.7, 4), concentration0: number(0.8, 4) }),
  domain: () => interval(0, 1),
  // log(1 − xᵃ) inherits the rounding of y = a log x, with the slope 1/(e^−y − 1)
  terms: (x: number, { concentration1: a, concentration0: b }) => {
    const y = -a * Math.log(x)
    const rest = Math.abs(Math.log(-Math.expm1(-y))) + (y + a * Math.abs(Math.log(x))) / Math.expm1(y)
    const logs = Math.abs(Math.log(a)) + Math.abs(Math.log(b))
    return Math.abs(a - 1) * Math.abs(Math.log(x)) + (Math.abs(b - 1) + 1) * rest + logs + 1
  },
  sizes: {
    // an exponential's relative error is its argument's error
    mean: (setting) => moment(1, setting) * (1 - Math.log(moment(1, setting))),
    // the difference of E[x²] and E[x]²
    variance: (setting) => moment(2, setting) * (1 - Math.log(moment(2, setting))),
    entropy: ({ concentration1: a, concentration0: b }) =>
      2 + Math.abs(1 - 1 / b) + Math.abs(1 - 1 / a) * (Math.log(b + 1) + 1) + Math.abs(Math.log(a * b)),
    // xᵃ takes the rounding of its exponent
    cdf: (x, { concentration1: a, concentration0: b }) => a * Math.abs(Math.log(x)) * (1 + b) + b + 2
  },
  outside: () => [-0.1, -1e-6, 1.000001, 2],
  kinks: () => [0, 1]
}
