// Images made smaller and larger by plain arithmetic.
import { Data, type Dataset } from "../../src/index.ts"
import { numbers } from "./run.ts"

type Images = Dataset<readonly [784]>
type Small = Dataset<readonly [49]>

/** Applies a function to every image. */
const each = (
  from: Float32Array,
  size: number,
  to: number,
  f: (image: Float32Array, i: number, j: number) => number
): Float32Array => {
  const side = Math.sqrt(to)
  const result = new Float32Array((from.length / size) * to)
  for (let n = 0; n < from.length / size; n++) {
    const image = from.subarray(n * size, (n + 1) * size)
    for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) result[n * to + i * side + j] = f(image, i, j)
  }
  return result
}

/** 28 × 28 to 7 × 7: the mean of each block of 4 × 4 pixels. */
export const shrunk = (images: Images): Small =>
  Data.of(
    each(numbers(images), 784, 49, (image, i, j) => {
      let sum = 0
      for (let k = 0; k < 16; k++) sum += image[(4 * i + (k >> 2)) * 28 + 4 * j + (k & 3)] ?? 0
      return sum / 16
    }),
    [49]
  )

/** 7 × 7 to 28 × 28: each pixel as a block. */
export const blocks = (small: Small): Images =>
  Data.of(
    each(numbers(small), 49, 784, (image, i, j) => image[(i >> 2) * 7 + (j >> 2)] ?? 0),
    [784]
  )

/** Keys's cubic kernel with a = −½ (Keys 1981), which passes through the given pixels. */
const cubic = (x: number): number => {
  const d = Math.abs(x)
  if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0
}

/** 7 × 7 to 28 × 28 by bicubic interpolation between the middles of blocks; pixels beyond the border repeat it. */
export const bicubic = (small: Small): Images =>
  Data.of(
    each(numbers(small), 49, 784, (image, i, j) => {
      const [y, x] = [(i - 1.5) / 4, (j - 1.5) / 4]
      const inside = (k: number): number => Math.min(6, Math.max(0, k))
      let value = 0
      for (let r = Math.floor(y) - 1; r <= Math.floor(y) + 2; r++)
        for (let c = Math.floor(x) - 1; c <= Math.floor(x) + 2; c++)
          value += cubic(y - r) * cubic(x - c) * (image[inside(r) * 7 + inside(c)] ?? 0)
      return Math.min(1, Math.max(0, value))
    }),
    [784]
  )
