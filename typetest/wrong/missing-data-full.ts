// message: MissingRows
// at: y
import { Data, type Missing, masked, Normal, param, plate, program, sample, type Tensor } from "../../src/index.ts"

const holes = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* plate("rows", (row: { readonly y: Missing<Tensor<readonly []>> }) => masked("y", Normal(mu, 1), row.y))
})
holes.guide(() => ({ mu: Normal(param("m", 0), 1) })).fit({ rows: { y: Data.of([1, 2], []) } })
