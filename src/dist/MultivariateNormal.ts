import { InvalidOption } from "../Errors.ts"
import type { Param, Shape, Tensor } from "../tensor/Tensor.ts"
import { mustBeTensor, namedParameters } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { gaussian, rootOfCovariance, rootOfPrecision, rootOfScaleTril } from "./formula/covarianceRoot.ts"
import { type Fits, type Matrices, shapeOfVectors, type VectorsOf } from "./formula/vectorShape.ts"

type Normals<S extends Shape> = Dist<S, "real", "reparameterized" | "score", "MultivariateNormal"> &
  Has<S, "entropy" | "mode">

const constraints = {
  loc: "real",
  covariance: "positiveDefinite",
  precision: "positiveDefinite",
  scaleTril: "lowerCholesky"
} as const

/**
 * Normal vectors of n correlated numbers, log p(x) = −½ (x − loc)ᵀ Σ⁻¹ (x − loc) − ½ log |Σ| − ½ n log 2π.
 *
 * @param loc the mean: a tensor `[…, n]`, or a number for all
 * @param matrix exactly one of `covariance` Σ, `precision` Σ⁻¹ and `scaleTril`, the lower-triangular L with a positive diagonal and L Lᵀ = Σ: `[n,
 *   n]`, or one for each vector, `[…, n, n]`. `scaleTril` costs least: the others are factorised first, in 7 n ops one after the other. Only the
 *   symmetric part of a covariance or precision is used. The entries of `scaleTril` above the diagonal are not read
 * @throws ShapeMismatch when a matrix is not square or the location does not match it; InvalidOption when not exactly one matrix is given
 * @example
 * ```ts
 * const covariance = Tensor.of([2, 2], tf.tensor2d([[4, 2], [2, 5]]))
 * const pair = MultivariateNormal(0, { covariance })
 * pair.logProb(tf.tensor1d([2, 3])) // => -0.5 * (1 + 1) - Math.log(4) - Math.log(2 * Math.PI)
 * pair.variance() // => [4, 5]
 * ```
 */
export function MultivariateNormal<const A extends Param, const B extends Tensor<Matrices>>(
  loc: A,
  matrix: { readonly covariance: B & Fits<A, B> }
): Normals<VectorsOf<A, B>>
export function MultivariateNormal<const A extends Param, const B extends Tensor<Matrices>>(
  loc: A,
  matrix: { readonly precision: B & Fits<A, B> }
): Normals<VectorsOf<A, B>>
export function MultivariateNormal<const A extends Param, const B extends Tensor<Matrices>>(
  loc: A,
  matrix: { readonly scaleTril: B & Fits<A, B> }
): Normals<VectorsOf<A, B>>
export function MultivariateNormal(loc: Param, matrix: Readonly<Partial<Record<Way, Tensor>>>): Normals<Shape> {
  const [way, given] = only(matrix)
  mustBeTensor(`MultivariateNormal.${way}`, given)
  shapeOfParameters("MultivariateNormal", constraints, { loc })
  return fromFamily({
    family: "MultivariateNormal",
    shape: shapeOfVectors("MultivariateNormal", loc, given),
    constraints,
    ...gaussian(
      () => loc,
      () => roots[way](given)
    )
  })
}

const roots = { covariance: rootOfCovariance, precision: rootOfPrecision, scaleTril: rootOfScaleTril } as const
type Way = keyof typeof roots

const only = (matrix: Readonly<Partial<Record<Way, Tensor>>>): readonly [Way, Tensor] => {
  namedParameters("MultivariateNormal", matrix, { also: ["covariance", "precision", "scaleTril"] })
  const ways: ReadonlyArray<Way> = ["covariance", "precision", "scaleTril"]
  const given = ways.flatMap((way): ReadonlyArray<readonly [Way, Tensor]> => {
    const tensor = matrix[way]
    return tensor === undefined ? [] : [[way, tensor]]
  })
  const [one] = given
  if (one !== undefined && given.length === 1) return one
  throw new InvalidOption({
    option: "MultivariateNormal",
    value: given.length === 0 ? "without a matrix" : given.map(([way]) => way).join(" and "),
    expected: "exactly one of covariance, precision and scaleTril"
  })
}
