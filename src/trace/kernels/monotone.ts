import { type Interval, includes } from "../../tensor/Interval.ts"

/**
 * The range rule of an increasing function with f(0) = 0 and values strictly between the bounds of `image`, which it reaches at ±∞. It has the sign
 * of its input.
 */
export const signed =
  (image: Interval) =>
  (x: Interval): Interval => {
    const { POSITIVE_INFINITY: infinity } = Number
    const [from, to] = [x.low >= 0 ? 0 : image.low, x.high <= 0 ? 0 : image.high]
    return {
      low: from,
      high: to,
      lowOpen: !includes(x, from === 0 ? 0 : -infinity),
      highOpen: !includes(x, to === 0 ? 0 : infinity),
      nan: x.nan
    }
  }
