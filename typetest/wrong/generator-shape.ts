// message: guide site 'w' has event shape [4], but the prior has [3]
// at: guideWith(function*
import { dot, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const model = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(3))
  yield* plate("rows", function* (row: { readonly x: Tensor<[3]> }) {
    yield* observe("y", Normal(dot(row.x, w), 1))
  })
})
export const guided = model.guideWith(function* () {
  yield* sample("w", Normal(0, 1).iid(4))
})
