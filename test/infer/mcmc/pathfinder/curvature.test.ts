import { describe, expect, test } from "vitest"
import { numbersOf } from "../../../../src/infer/mcmc/chainNumbers.ts"
import { dot, plus } from "../../../../src/infer/mcmc/hamiltonian.ts"
import { curvatureOf, nextDiagonal, type Pair } from "../../../../src/infer/mcmc/pathfinder/curvature.ts"

type Matrix = ReadonlyArray<ReadonlyArray<number>>

const size = 4
const { normal } = numbersOf(3, 0)
const vector = (): Float64Array => Float64Array.from({ length: size }, () => normal())
const identity: Matrix = Array.from({ length: size }, (_, i) =>
  Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))
)
const times = (a: Matrix, v: Float64Array): Float64Array =>
  Float64Array.from(a, (row) => row.reduce((sum, x, j) => sum + x * (v[j] ?? 0), 0))
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * (b[k]?.[j] ?? 0), 0)))
const transposed = (a: Matrix): Matrix => a.map((row, i) => row.map((_, j) => a[j]?.[i] ?? 0))
/** u vᵀ */
const outer = (u: Float64Array, v: Float64Array): Matrix => Array.from(u, (x) => Array.from(v, (y) => x * y))
const sumOf = (a: Matrix, b: Matrix, factor = 1): Matrix =>
  a.map((row, i) => row.map((x, j) => x + factor * (b[i]?.[j] ?? 0)))
const scaled = (a: Matrix, factor: number): Matrix => a.map((row) => row.map((x) => factor * x))
const determinant = (a: Matrix): number =>
  a.length === 0
    ? 1
    : (a[0] ?? []).reduce(
        (sum, x, j) =>
          sum + (j % 2 === 0 ? x : -x) * determinant(a.slice(1).map((row) => row.filter((_, k) => k !== j))),
        0
      )

/** A precision matrix, the pairs of steps along it, and a diagonal to begin with. */
const half = Array.from({ length: size }, () => [...vector()])
const precision = sumOf(product(half, transposed(half)), identity)
const diagonal = vector().map((x) => 0.5 + x ** 2)
const pairs = Array.from({ length: 3 }, (): Pair => {
  const step = vector()
  return { step, change: times(precision, step) }
})

/** The update of BFGS as the textbook has it, in matrices. */
const textbook = pairs.reduce<Matrix>(
  (before, { step, change }) => {
    const rho = 1 / dot(step, change)
    const left = sumOf(identity, outer(step, change), -rho)
    return sumOf(product(product(left, before), transposed(left)), outer(step, step), rho)
  },
  Array.from(diagonal, (x, i) => Array.from(diagonal, (_, j) => (i === j ? x : 0)))
)

describe("the curvature of a path", () => {
  const curvature = curvatureOf(diagonal, pairs)

  test("is the textbook's matrix", () => {
    const v = vector()
    const expected = times(textbook, v)
    for (const [i, x] of curvature.times(v).entries()) expect(x).toBeCloseTo(expected[i] ?? Number.NaN, 9)
    expect(curvature.logDeterminant).toBeCloseTo(Math.log(determinant(textbook)), 9)
    // xᵀΣ⁻¹x of x = Σv is vᵀΣv
    expect(curvature.square(expected)).toBeCloseTo(dot(v, expected), 8)
  })

  test("takes each step's change of the gradient back to the last step", () => {
    const last = pairs.at(-1)
    for (const [i, x] of curvature.times(last?.change ?? vector()).entries())
      expect(x).toBeCloseTo(last?.step[i] ?? 0, 9)
  })

  test("is the covariance of its draws", () => {
    const n = 10_000
    const numbers = numbersOf(4, 0)
    let found = scaled(identity, 0)
    for (let i = 0; i < n; i++) {
      const x = curvature.draw(numbers)
      found = sumOf(found, outer(x, x), 1 / n)
    }
    for (const [i, row] of textbook.entries())
      for (const [j, exact] of row.entries()) {
        // of a normal's product of two numbers: the variance Σᵢᵢ Σⱼⱼ + Σᵢⱼ²
        const error = Math.sqrt(((textbook[i]?.[i] ?? 0) * (textbook[j]?.[j] ?? 0) + exact ** 2) / n)
        expect(Math.abs((found[i]?.[j] ?? 0) - exact) / error).toBeLessThan(4.5)
      }
  })
})

test("the diagonal is that of the Hessian after an update of BFGS", () => {
  const [first] = pairs
  const { step, change } = first ?? { step: vector(), change: vector() }
  const hessian = diagonal.map((x) => 1 / x)
  const b = step.map((s, i) => s * (hessian[i] ?? 0))
  // B′ = B + yyᵀ/yᵀs − bbᵀ/sᵀb of B = diag(1/α); its scale is then taken to yᵀs of the old one by a = yᵀ diag(α) y
  const scale = change.reduce((sum, y, i) => sum + y ** 2 * (diagonal[i] ?? 0), 0) / dot(change, step)
  const expected = plus(
    hessian.map((h, i) => scale * h + (change[i] ?? 0) ** 2 / dot(change, step)),
    b.map((x) => x ** 2),
    -scale / dot(step, b)
  )
  for (const [i, x] of nextDiagonal(diagonal, { step, change }).entries())
    expect(1 / x).toBeCloseTo(expected[i] ?? Number.NaN, 9)
})
