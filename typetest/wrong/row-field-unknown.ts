// message: Property 'z' does not exist on type '{ x: Tensor<[3]>; }'
// at: row.z
import { dot, Normal, observe, plate, program, type Tensor } from "../../src/index.ts"

export const regression = program(
  plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.z, row.x), 1)))
)
