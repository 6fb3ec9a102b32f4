// message: guide is missing latent site 'sigma'
// at: regression.guide(
import { Effect } from "effect"
import { dot, HalfNormal, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
export const fit = regression.guide(() => ({ w: Normal(0, 1).iid(3) }))
