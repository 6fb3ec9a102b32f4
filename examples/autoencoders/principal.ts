// Principal components, the linear autoencoder with the least squared error: subspace iteration on the covariance.
import type { Dataset } from "../../src/index.ts"
import { mean, numbers } from "./run.ts"

type Images = Dataset<readonly [784]>

/** The mean squared error of a pixel of `test` when its images are rebuilt from `k` principal components of `train`. */
export const principalError = (train: Images, test: Images, k: number): number => {
  const [n] = train.event
  const centre = centreOf(train)
  const axes = leading(covarianceOf(train, centre), n, k)
  const errors = rows(test).map((row) => {
    const x = row.map((value, i) => value - (centre[i] ?? 0))
    const kept = axes.reduce((sum, axis) => sum + dot(axis, x) ** 2, 0)
    return (dot(x, x) - kept) / n
  })
  return mean(errors)
}

const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

const rows = (images: Images): ReadonlyArray<Float32Array> => {
  const all = numbers(images)
  const [n] = images.event
  return Array.from({ length: images.size }, (_, i) => all.subarray(i * n, (i + 1) * n))
}

const centreOf = (images: Images): Float32Array => {
  const sums = new Float32Array(images.event[0])
  for (const row of rows(images))
    row.forEach((x, i) => {
      sums[i] = (sums[i] ?? 0) + x
    })
  return sums.map((x) => x / images.size)
}

const covarianceOf = (images: Images, centre: Float32Array): ReadonlyArray<Float32Array> => {
  const matrix = Array.from(centre, () => new Float32Array(centre.length))
  for (const row of rows(images)) {
    const x = row.map((value, i) => value - (centre[i] ?? 0))
    // most pixels of an image are white: their products are known
    for (let i = 0; i < x.length; i++) {
      const [line, xi] = [matrix[i], x[i] ?? 0]
      if (line === undefined || xi === 0) continue
      for (let j = 0; j < x.length; j++) line[j] = (line[j] ?? 0) + xi * (x[j] ?? 0)
    }
  }
  return matrix
}

/** Orthonormal vectors that span the leading eigenvectors. */
const leading = (matrix: ReadonlyArray<Float32Array>, n: number, k: number): ReadonlyArray<Float32Array> => {
  let axes = orthonormal(
    Array.from({ length: k }, (_, a) => Float32Array.from({ length: n }, (_, i) => Math.sin(1 + a + i * (a + 1))))
  )
  for (let turn = 0; turn < 40; turn++)
    axes = orthonormal(axes.map((axis) => Float32Array.from(matrix, (line) => dot(line, axis))))
  return axes
}

/** Gram and Schmidt. */
const orthonormal = (vectors: ReadonlyArray<Float32Array>): ReadonlyArray<Float32Array> => {
  const done: Array<Float32Array> = []
  for (const vector of vectors) {
    let rest = vector
    for (const axis of done) {
      const along = dot(axis, rest)
      rest = rest.map((x, i) => x - along * (axis[i] ?? 0))
    }
    const length = Math.sqrt(dot(rest, rest))
    done.push(rest.map((x) => x / length))
  }
  return done
}
