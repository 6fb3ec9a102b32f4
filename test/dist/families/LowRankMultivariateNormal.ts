import fc from "fast-check"
import { LowRankMultivariateNormal } from "../../../src/dist/LowRankMultivariateNormal.ts"
import { add, cholesky, type Matrix, matrixOf } from "../../support/matrices.ts"
import { number, type Row, vector } from "../laws/Row.ts"
import { around, sizesOf, squared } from "./gaussianTerms.ts"

interface Parameters {
  readonly [name: string]: ReadonlyArray<number> | Matrix
  readonly loc: ReadonlyArray<number>
  readonly factor: Matrix
  readonly diagonal: ReadonlyArray<number>
}

const rootOf = ({ factor, diagonal }: Parameters): Matrix =>
  cholesky(
    add(
      squared(factor),
      matrixOf(diagonal.length, diagonal.length, (i, j) => (i === j ? (diagonal[i] ?? 0) : 0))
    )
  )

export const lowRankMultivariateNormal: Row<Parameters> = {
  family: "LowRankMultivariateNormal",
  make: ({ loc, factor, diagonal }) => LowRankMultivariateNormal(loc, factor, diagonal),
  settings: fc.record({
    loc: vector(-1, 1, 2),
    factor: fc.tuple(number(-1, 1), number(-1, 1)).map(([a, b]) => [[a], [b]]),
    diagonal: vector(0.5, 2, 2)
  }),
  domain: (parameters) => around(parameters.loc, rootOf(parameters)),
  terms: (x: ReadonlyArray<number>, parameters) => {
    const { squares, logDet } = sizesOf(rootOf(parameters), true, x, parameters.loc)
    return squares + logDet + x.length
  },
  sizes: { entropy: (parameters) => sizesOf(rootOf(parameters), true, [], []).logDet },
  outside: "every number is inside"
}
