import fc from "fast-check"
import { OrderedLogistic } from "../../../src/dist/OrderedLogistic.ts"
import { integers } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"
import { log1pexp } from "./sizes.ts"

interface Parameters {
  readonly [name: string]: number | ReadonlyArray<number>
  readonly predictor: number
  readonly cutpoints: ReadonlyArray<number>
}

const gap = number(0.3, 2)

export const orderedLogistic: Row<Parameters> = {
  family: "OrderedLogistic",
  ofOneEvent: true,
  make: ({ predictor, cutpoints }) => OrderedLogistic(predictor, cutpoints),
  settings: fc.record({
    predictor: number(-2, 2),
    cutpoints: fc.tuple(number(-2, 0), gap, gap).map(([a, b, c]) => [a, a + b, a + b + c])
  }),
  domain: ({ cutpoints }) => integers(0, cutpoints.length),
  terms: (k: number, { predictor, cutpoints }) => {
    const [low = -Infinity, high = Infinity] = [cutpoints[k - 1], cutpoints[k]]
    const size = Math.max(...[low, high].filter(Number.isFinite).map(Math.abs), Math.abs(predictor))
    const width = high - low
    // the logarithm of a narrow interval takes the rounding of its ends
    const narrow = Number.isFinite(width) ? size / width + Math.abs(Math.log(-Math.expm1(-width))) : 0
    return 2 + size + narrow + log1pexp(predictor - high) + log1pexp(low - predictor)
  },
  sizes: {
    mean: ({ cutpoints }) => 2 * cutpoints.length,
    variance: ({ cutpoints }) => 2 * cutpoints.length ** 2
  },
  outside: ({ cutpoints }) => [-1, -0.5, 0.5, cutpoints.length + 1, cutpoints.length + 4]
}
