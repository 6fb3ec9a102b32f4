import type { Elementwise } from "./elementwise.ts"
import { exp } from "./exp.ts"
import { lengthOf, sumLast } from "./lastAxis.ts"
import { sideOf } from "./shapes.ts"
import { softplus } from "./softplus.ts"
import { type Transform, transform } from "./Transform.ts"
import { diagonal, fill, read, withDiagonal } from "./triangle.ts"

type LowerCholesky<N extends string> = Transform<"real", "lowerCholesky", N, "triangle", undefined>

/** Reals, row by row, to a lower triangle. A transform makes its diagonal positive, and log|det J| is that of this transform. */
const withPositive = <const N extends string>(name: N, positive: Elementwise<"real", "positive">): LowerCholesky<N> =>
  transform({
    name,
    domain: "real",
    codomain: "lowerCholesky",
    eventRanks: [1, 2],
    shapes: "triangle",
    direction: undefined,
    forward: (x) => {
      const matrix = fill(x, sideOf(lengthOf(x)), "lower")
      return withDiagonal(matrix, positive.forward(diagonal(matrix)))
    },
    inverse: (y) => read(withDiagonal(y, positive.inverse(diagonal(y))), "lower"),
    logDetJacobian: (x, y) => {
      const before = diagonal(fill(x, sideOf(lengthOf(x)), "lower"))
      return sumLast(positive.logDetJacobian(before, diagonal(y)))
    }
  })

/** n(n + 1)/2 reals, row by row, to a lower-triangular matrix; those on the diagonal are replaced by their exponentials. */
export const lowerCholesky: LowerCholesky<"lowerCholesky"> = withPositive("lowerCholesky", exp)

/** The same with log(1 + eˣ) on the diagonal, which grows only linearly. */
export const lowerCholeskySoftplus: LowerCholesky<"lowerCholeskySoftplus"> = withPositive(
  "lowerCholeskySoftplus",
  softplus
)
