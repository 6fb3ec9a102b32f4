// message: the numbers of a MultivariateNormal go together: use marginal, which is exact, or imputed
// at: MultivariateNormal(0, { covariance })
import { type Missing, MultivariateNormal, masked, plate, program, type Tensor } from "../../src/index.ts"

declare const covariance: Tensor<readonly [3, 3]>
export const holes = program(
  plate("rows", (row: { readonly y: Missing<Tensor<readonly [3]>> }) =>
    masked("y", MultivariateNormal(0, { covariance }), row.y)
  )
)
