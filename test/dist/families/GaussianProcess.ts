import fc from "fast-check"
import { GaussianProcess } from "../../../src/dist/GaussianProcess.ts"
import { Kernel } from "../../../src/dist/Kernel.ts"
import { cholesky, type Matrix, matrixOf } from "../../support/matrices.ts"
import { number, type Row, vector } from "../laws/Row.ts"
import { around, sizesOf } from "./gaussianTerms.ts"

interface Parameters {
  readonly [name: string]: ReadonlyArray<number> | number | undefined
  readonly points: ReadonlyArray<number>
  readonly noise: number
  readonly loc: number
  readonly lengthscale?: number
  readonly amplitude?: number
}

const rootOf = ({ points, noise, lengthscale = 1, amplitude = 1 }: Parameters): Matrix =>
  cholesky(
    matrixOf(points.length, points.length, (i, j) => {
      const r = ((points[i] ?? 0) - (points[j] ?? 0)) / lengthscale
      return amplitude ** 2 * Math.exp(-0.5 * r * r) + (i === j ? noise ** 2 : 0)
    })
  )

const sizesAt = (parameters: Parameters, x: ReadonlyArray<number>) =>
  sizesOf(
    rootOf(parameters),
    true,
    x,
    x.map(() => parameters.loc)
  )

export const gaussianProcess: Row<Parameters> = {
  family: "GaussianProcess",
  ofOneEvent: true,
  make: ({ points, noise, loc, lengthscale = 1, amplitude = 1 }) =>
    GaussianProcess(points, Kernel.rbf({ lengthscale, amplitude }), noise, loc),
  settings: fc.record({ points: vector(-1.5, 1.5, 2), noise: number(0.5, 1.2), loc: number(-1, 1) }),
  domain: (parameters) =>
    around(
      parameters.points.map(() => parameters.loc),
      rootOf(parameters)
    ),
  terms: (x: ReadonlyArray<number>, parameters) => {
    const { squares, logDet } = sizesAt(parameters, x)
    return squares + logDet + x.length
  },
  sizes: { entropy: (parameters) => sizesAt(parameters, []).logDet },
  outside: "every number is inside"
}
