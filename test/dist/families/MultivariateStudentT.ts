import fc from "fast-check"
import { MultivariateStudentT } from "../../../src/dist/MultivariateStudentT.ts"
import type { Matrix } from "../../support/matrices.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row, vector } from "../laws/Row.ts"
import { around, sizesOf } from "./gaussianTerms.ts"
import { triangle } from "./MultivariateNormal.ts"

interface Parameters {
  readonly [name: string]: number | ReadonlyArray<number> | Matrix
  readonly df: number
  readonly loc: ReadonlyArray<number>
  readonly scaleTril: Matrix
}

/** log Γ((df + n)/2) − log Γ(df/2) and ½ n log(π df), of which each is about ½ n log df. */
const constantSize = (df: number, n: number): number => n * (1 + Math.abs(Math.log(df))) + 2

export const multivariateStudentT: Row<Parameters> = {
  family: "MultivariateStudentT",
  make: ({ df, loc, scaleTril }) => MultivariateStudentT(df, loc, scaleTril),
  settings: fc.record({ df: number(3, 8), loc: vector(-1, 1, 2), scaleTril: triangle }),
  domain: ({ loc, scaleTril }) => around(loc, scaleTril, line(0, 1)),
  terms: (x: ReadonlyArray<number>, { df, loc, scaleTril }) => {
    const { z, squares, logDet } = sizesOf(scaleTril, false, x, loc)
    const power = (df + x.length) / 2
    const length = z.reduce((sum, value) => sum + value * value, 0) / df
    return power * (Math.log1p(length) + (2 * squares) / df / (1 + length)) + logDet + constantSize(df, x.length)
  },
  sizes: {
    entropy: ({ df, scaleTril }) =>
      sizesOf(scaleTril, false, [], []).logDet +
      constantSize(df, scaleTril.length) +
      // ψ((df + n)/2) − ψ(df/2) is a difference of logarithms of df
      ((df + scaleTril.length) / 2) * (1 + Math.abs(Math.log(df)))
  },
  outside: "every number is inside"
}
