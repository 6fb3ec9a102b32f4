import { ShapeMismatch } from "../../Errors.ts"
import { mustBeSquare } from "../../tensor/linear/matrices.ts"
import { type Param, type Refused, type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"

/** At least a vector. */
export type Vectors = readonly [number, ...Shape]

/** At least a matrix. */
export type Matrices = readonly [number, number, ...Shape]

/** The shape of a quantity with one number for each row of a matrix: the matrices' shape without the last dimension. */
export type RowsOf<B> =
  B extends Tensor<infer M>
    ? M extends readonly [...infer Lead extends Shape, infer N extends number, number]
      ? readonly [...Lead, N]
      : Shape
    : Shape

/** The shape of vectors from a location and matrices: the location's shape, or that of the matrices' rows if the location is a number or a scalar. */
export type VectorsOf<A, B> = A extends Tensor<infer S> ? (S extends readonly [] ? RowsOf<B> : Readonly<S>) : RowsOf<B>

/** `unknown` for matrices whose number of rows is the location's number of entries. */
export type Fits<A, B> =
  A extends Tensor<infer S>
    ? RowsOf<B> extends readonly [...Shape, infer N extends number]
      ? S extends readonly [...Shape, infer L extends number]
        ? L extends N
          ? unknown
          : N extends L
            ? unknown
            : Refused<`a location of ${L} numbers and matrices of ${N} rows do not go together`>
        : unknown
      : unknown
    : unknown

/**
 * The common shape [..., n] of a location and square matrices. There is one matrix for all vectors, or one for each vector.
 *
 * @throws ShapeMismatch when the matrices are not square or the location does not match them
 */
export const shapeOfVectors = (family: string, loc: Param, matrix: Tensor): Shape => {
  mustBeSquare(family, matrix)
  return shapeOfRows(family, loc, matrix)
}

/** The same for matrices of any number of columns. */
export const shapeOfRows = (family: string, loc: Param, matrix: Tensor): Shape => {
  const rows = matrix.shape.slice(0, -1)
  const own = typeof loc === "number" ? [] : loc.shape
  if (own.length === 0 && rows.length > 0) return rows
  if (rows.length > 0 && own.at(-1) === rows.at(-1) && (rows.length === 1 || sameShape(rows, own))) return own
  throw new ShapeMismatch({
    site: undefined,
    where: family,
    expected: rows,
    actual: own,
    advice: "A location has as many numbers as a matrix has rows; give one matrix for all vectors, or one for each."
  })
}

/** Refuses a parameter unless it is a number, a scalar, or has one number for each vector or matrix of a value. */
export const mustBeOneForEach = (where: string, lead: Shape, given: Shape): void => {
  if (given.length === 0 || sameShape(given, lead)) return
  const advice = "Give a number, a scalar, or one number for each vector or matrix."
  throw new ShapeMismatch({ site: undefined, where, expected: lead, actual: given, advice })
}
