// message: Property 'z' does not exist on type '{ readonly x: Tensor<[3]>; }'
// at: row.z
import { dot, Normal, observe, plate, program, type Tensor } from "../../src/index.ts"

export const model = program(function* () {
  yield* plate("rows", function* (row: { readonly x: Tensor<[3]> }) {
    yield* observe("y", Normal(dot(row.z, row.x), 1))
  })
})
