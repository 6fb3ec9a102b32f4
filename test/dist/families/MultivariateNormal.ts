import fc from "fast-check"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { number, type Row, vector } from "../laws/Row.ts"
import { around, rootOf, type Scale, sizesOf, squared } from "./gaussianTerms.ts"

type Matrix = ReadonlyArray<ReadonlyArray<number>>

/** One of the three matrices is given. */
interface Parameters extends Scale {
  readonly [name: string]: ReadonlyArray<number> | Matrix | undefined
  readonly loc: ReadonlyArray<number>
  readonly covariance?: Matrix | undefined
  readonly precision?: Matrix | undefined
  readonly scaleTril?: Matrix | undefined
}

/** Triangles whose products with themselves stay positive definite under the steps of a finite difference. */
export const triangle: fc.Arbitrary<Matrix> = fc
  .tuple(number(0.8, 1.6), number(-0.6, 0.6), number(0.8, 1.6))
  .map(([a, b, c]) => [
    [a, 0],
    [b, c]
  ])

const loc = vector(-1, 1, 2)

export const multivariateNormal: Row<Parameters> = {
  family: "MultivariateNormal",
  make: ({ loc, covariance, precision, scaleTril }) => {
    if (covariance !== undefined) return MultivariateNormal(loc, { covariance })
    if (precision !== undefined) return MultivariateNormal(loc, { precision })
    if (scaleTril !== undefined) return MultivariateNormal(loc, { scaleTril })
    throw new Error("no matrix is given")
  },
  settings: fc.oneof(
    fc.record({ loc, scaleTril: triangle }),
    fc.record({ loc, covariance: triangle.map(squared) }),
    fc.record({ loc, precision: triangle.map(squared) })
  ),
  domain: (parameters) => around(parameters.loc, rootOf(parameters)),
  terms: (x: ReadonlyArray<number>, parameters) => {
    const { squares, logDet } = sizesOf(rootOf(parameters), parameters.scaleTril === undefined, x, parameters.loc)
    return squares + logDet + x.length
  },
  // a variance is what a precision was inverted for, and the entropy is the sum of the logarithms of a factor's diagonal
  sizes: {
    variance: (parameters) => Math.max(...squared(rootOf(parameters)).flat()) * conditionOf(parameters),
    entropy: (parameters) => sizesOf(rootOf(parameters), parameters.scaleTril === undefined, [], []).logDet
  },
  outside: "every number is inside"
}

const conditionOf = (parameters: Parameters): number =>
  parameters.scaleTril === undefined ? sizesOf(rootOf(parameters), true, [], []).logDet : 1
