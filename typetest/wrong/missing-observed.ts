// message: numbers of this value may be missing: say what that means by masked, marginal or imputed
// at: row.y
import { type Missing, Normal, observe, plate, program, type Tensor } from "../../src/index.ts"

export const holes = program(
  plate("rows", (row: { readonly y: Missing<Tensor<readonly []>> }) => observe("y", Normal(0, 1), row.y))
)
