/**
 * A way from Stan's unconstrained reals to a value, with the log of its Jacobian determinant, in double precision, as the Stan reference manual defines it
 * (chapter "Constraint transforms"; the simplex as of Stan 2.36). Nothing here is taken from the library.
 */
export interface Way {
  /** how many reals it takes */
  readonly reals: number
  readonly shape: ReadonlyArray<number>
  readonly value: (u: ReadonlyArray<number>) => ReadonlyArray<number>
  readonly logDet: (u: ReadonlyArray<number>) => number
}

const sum = (xs: ReadonlyArray<number>): number => xs.reduce((total, x) => total + x, 0)
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const logSigmoid = (x: number): number => (x > 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x)))

const elementwise =
  (value: (u: number) => number, logSlope: (u: number) => number) =>
  (n?: number): Way => ({
    reals: n ?? 1,
    shape: n === undefined ? [] : [n],
    value: (u) => u.map(value),
    logDet: (u) => sum(u.map(logSlope))
  })

export const real = elementwise(
  (u) => u,
  () => 0
)
/** `lower=0` */
export const positive = elementwise(Math.exp, (u) => u)
/** `lower=a, upper=b` */
export const between = (a: number, b: number) =>
  elementwise(
    (u) => a + (b - a) * sigmoid(u),
    (u) => Math.log(b - a) + logSigmoid(u) + logSigmoid(-u)
  )
export const unit = between(0, 1)

/** `ordered[n]`: the first number as it is, the steps to the others as exponentials */
export const ordered = (n: number): Way => ({
  reals: n,
  shape: [n],
  value: (u) => u.map((_, i) => (u[0] ?? 0) + sum(u.slice(1, i + 1).map(Math.exp))),
  logDet: (u) => sum(u.slice(1))
})

/** `simplex[n]`: the softmax of the reals' image in the plane of vectors that add up to 0, by the isometric log-ratio transform */
export const simplex = (n: number): Way => {
  const inPlane = (u: ReadonlyArray<number>): ReadonlyArray<number> =>
    Array.from({ length: n }, (_, i) => {
      const own = i === 0 ? 0 : (-(u[i - 1] ?? 0) * i) / Math.sqrt(i * (i + 1))
      return own + sum(u.slice(i).map((each, k) => each / Math.sqrt((i + k + 1) * (i + k + 2))))
    })
  const logSum = (z: ReadonlyArray<number>): number => Math.log(sum(z.map(Math.exp)))
  return {
    reals: n - 1,
    shape: [n],
    value: (u) => {
      const z = inPlane(u)
      return z.map((each) => Math.exp(each - logSum(z)))
    },
    logDet: (u) => {
      const z = inPlane(u)
      return sum(z) - n * logSum(z) + 0.5 * Math.log(n)
    }
  }
}

/** `cholesky_factor_corr[n]`: row by row, tanh of a real as a share of the length that is left of the row */
export const choleskyCorrelation = (n: number): Way => {
  const rows = (u: ReadonlyArray<number>) => {
    let [next, logDet] = [0, 0]
    const value = Array.from({ length: n }, (_, i) => {
      let left = 1
      return Array.from({ length: n }, (_, j) => {
        if (j > i) return 0
        if (j === i) return Math.sqrt(left)
        const share = Math.tanh(u[next++] ?? 0)
        const x = share * Math.sqrt(left)
        logDet += Math.log1p(-(share ** 2)) + 0.5 * Math.log(left)
        left -= x ** 2
        return x
      })
    })
    return { value: value.flat(), logDet }
  }
  return {
    reals: (n * (n - 1)) / 2,
    shape: [n, n],
    value: (u) => rows(u).value,
    logDet: (u) => rows(u).logDet
  }
}

/** The same way for each of some rows. */
export const each = (rows: number, way: Way): Way => {
  const parts = (u: ReadonlyArray<number>) =>
    Array.from({ length: rows }, (_, i) => u.slice(i * way.reals, (i + 1) * way.reals))
  return {
    reals: rows * way.reals,
    shape: [rows, ...way.shape],
    value: (u) => parts(u).flatMap(way.value),
    logDet: (u) => sum(parts(u).map(way.logDet))
  }
}

/** Reals at some places of a vector whose other numbers are not read. */
export const atPlaces = (places: ReadonlyArray<number>, n: number): Way => ({
  reals: places.length,
  shape: [n],
  value: (u) => Array.from({ length: n }, (_, i) => u[places.indexOf(i)] ?? 0),
  logDet: () => 0
})
