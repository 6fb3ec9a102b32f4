// message: 'tau' is not a latent site of the model
import { Effect } from "effect"
import { dot, HalfNormal, LogNormal, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
export const fit = regression.guideWith(() =>
  Effect.gen(function* () {
    yield* sample("w", Normal(0, 1).iid(3))
    yield* sample("sigma", LogNormal(0, 1))
    yield* sample("tau", Normal(0, 1))
  })
)
