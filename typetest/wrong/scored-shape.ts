// message: not assignable to
// at: row.height
import { Normal, observe, plate, program, type Tensor } from "../../src/index.ts"

export const measured = program(
  plate("rows", (row: { readonly height: Tensor<readonly [3]> }) => observe("height", Normal(0, 1), row.height))
)
