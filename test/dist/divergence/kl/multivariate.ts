import fc from "fast-check"
import { Dirichlet } from "../../../../src/dist/Dirichlet.ts"
import { LKJCholesky } from "../../../../src/dist/LKJCholesky.ts"
import { Wishart } from "../../../../src/dist/Wishart.ts"
import { number, vector } from "../../laws/Row.ts"
import { pairs } from "./Pair.ts"
import { matrixOf, vectorOf } from "./tensors.ts"

const dirichlet = vector(0.5, 6, 3).map((x) => Dirichlet(vectorOf(x)))
const lkj = number(0.5, 5).map((concentration) => LKJCholesky(3, concentration))
// with few degrees of freedom there are draws that float32 rounds to a matrix that is not positive definite
const wishart = fc.tuple(number(5, 9), number(0.5, 2), number(-1, 1), number(0.5, 2)).map(([df, a, b, c]) =>
  Wishart(
    df,
    matrixOf([
      [a, 0],
      [b, c]
    ])
  )
)

/** Logarithms of gamma functions of up to 10 numbers cancel. */
const ofGammas = { roundings: 2000, estimated: 6 }

export const multivariatePairs = pairs(
  {
    "KL(Dirichlet ‖ Dirichlet)": fc.tuple(dirichlet, dirichlet),
    "KL(LKJCholesky ‖ LKJCholesky)": fc.tuple(lkj, lkj),
    "KL(Wishart ‖ Wishart)": fc.tuple(wishart, wishart)
  },
  ofGammas
)
