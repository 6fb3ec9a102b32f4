/** Where particles move next, and the bandwidth of the kernel. */
export interface SteinDirection {
  /** `[n, size]` */
  readonly direction: Float64Array
  readonly bandwidth: number
}

/**
 * The direction in which particles x₁ … xₙ lower their KL divergence to p the fastest, in the space of functions of the kernel k(x, y) = exp(−‖x − y‖²/h) (Liu and Wang 2016, algorithm 1):
 *
 *     φ(xᵢ) = 1/n Σⱼ k(xⱼ, xᵢ) ∇log p(xⱼ) + ∇ k(xⱼ, xᵢ)   with ∇ by xⱼ: 2/h (xᵢ − xⱼ) k(xⱼ, xᵢ)
 *
 * The first part moves particles to where p is large, the second one keeps them apart. h = m²/log n with m the median of their distances, so that Σⱼ k(xⱼ, xᵢ) is about 1 beside k(xᵢ, xᵢ).
 *
 * @param points, gradient `[n, size]`
 */
export const steinDirection = (points: Float64Array, gradient: ArrayLike<number>, size: number): SteinDirection => {
  const n = points.length / size
  const squares = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      let square = 0
      for (let d = 0; d < size; d++) square += ((points[i * size + d] ?? 0) - (points[j * size + d] ?? 0)) ** 2
      squares[i * n + j] = square
      squares[j * n + i] = square
    }
  const bandwidth = medianOfPairs(squares, n) / Math.log(Math.max(n, 3))
  const direction = new Float64Array(n * size)
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const kernel = Math.exp(-(squares[i * n + j] ?? 0) / bandwidth) / n
      for (let d = 0; d < size; d++) {
        const apart = (points[i * size + d] ?? 0) - (points[j * size + d] ?? 0)
        const at = i * size + d
        direction[at] = (direction[at] ?? 0) + kernel * ((gradient[j * size + d] ?? 0) + (2 / bandwidth) * apart)
      }
    }
  return { direction, bandwidth }
}

/** The median of the squared distances of all pairs; 1 where all particles are in one place. */
const medianOfPairs = (squares: Float64Array, n: number): number => {
  const pairs = new Float64Array((n * (n - 1)) / 2)
  let at = 0
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) pairs[at++] = squares[i * n + j] ?? 0
  pairs.sort()
  return pairs[pairs.length >> 1] || 1
}
