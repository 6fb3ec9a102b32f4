import fc from "fast-check"
import { Wishart } from "../../../src/dist/Wishart.ts"
import { cholesky, lowerInverse, type Matrix, rowNorm, skeel, times } from "../../support/matrices.ts"
import { bell, interval, product } from "../laws/Domain.ts"
import { mapped } from "../laws/mapped.ts"
import { flat, number, type Point, type Row } from "../laws/Row.ts"
import { squared } from "./gaussianTerms.ts"
import { triangle } from "./MultivariateNormal.ts"

interface Parameters {
  readonly [name: string]: number | Matrix
  readonly df: number
  readonly scaleTril: Matrix
}

const logDiagonal = (root: Matrix): number => root.reduce((sum, row, i) => sum + Math.abs(Math.log(row[i] ?? 1)) + 1, 0)

/** ½ df (n log 2 + log |V|) and log Γₙ(df/2) */
const constantSize = ({ df, scaleTril }: Parameters): number => {
  const n = scaleTril.length
  return df * (n + logDiagonal(scaleTril)) + (n * df * Math.abs(Math.log(df))) / 2 + n * n + n / Math.min(1, df - n + 1)
}

const triangleOf = (x: Point): Matrix => {
  const [a = 0, b = 0, c = 0] = flat(x)
  return [
    [a, 0],
    [b, c]
  ]
}

/** Whether the product with its transpose is positive definite in float32; of what is not, the probability is below 1e-5. */
const isFactor = ([[a = 0] = [], [b = 0, c = 0] = []]: Matrix): boolean =>
  a > 1e-10 && c * c > 1e-5 * (b * b + c * c) && b * b < 1e6

export const wishart: Row<Parameters> = {
  family: "Wishart",
  make: ({ df, scaleTril }) => Wishart(df, scaleTril),
  settings: fc.record({ df: number(3.05, 6), scaleTril: triangle }),
  // X = C Cᵀ with C = L B: 4 c₁₁² c₂₂ numbers of X for one of C, and |L|-fold so many of C for one of B
  domain: ({ scaleTril }) => {
    const domain = product([interval(0, 7), bell(0, 1), interval(0, 7)], 25)
    const kept = domain.points.flatMap((x, i) => (isFactor(times(scaleTril, triangleOf(x))) ? [i] : []))
    return mapped(
      {
        ...domain,
        points: kept.map((i) => domain.points[i] ?? 0),
        weights: kept.map((i) => domain.weights[i] ?? 0)
      },
      (x) => {
        const root = times(scaleTril, triangleOf(x))
        const [first, last] = [scaleTril[0]?.[0] ?? 1, scaleTril[1]?.[1] ?? 1]
        return { point: squared(root), volume: 4 * (root[0]?.[0] ?? 0) ** 2 * (root[1]?.[1] ?? 0) * first * last ** 2 }
      }
    )
  },
  terms: (x: Matrix, parameters) => {
    const { df, scaleTril } = parameters
    const root = cholesky(x)
    const condition = skeel(root) ** 2
    const trace = times(lowerInverse(scaleTril), root)
      .flat()
      .reduce((sum, value) => sum + value * value, 0)
    const power = Math.abs(df - x.length - 1) / 2 + 1
    return (
      power * 2 * (logDiagonal(root) + condition) + trace * (skeel(scaleTril) + condition) + constantSize(parameters)
    )
  },
  sizes: {
    mean: ({ df, scaleTril }) => df * rowNorm(squared(scaleTril)),
    variance: ({ df, scaleTril }) => df * rowNorm(squared(scaleTril)) ** 2,
    entropy: (parameters) => 3 * constantSize(parameters)
  },
  outside: "not masked yet"
}
