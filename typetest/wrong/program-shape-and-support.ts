// message: guide site 'w' has event shape [4], but the prior has [3]
// message: guide site 'sigma' has support 'real', which does not lie inside the prior's 'positive'
import { Effect } from "effect"
import { dot, HalfNormal, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
export const fit = regression.guideWith(() =>
  Effect.gen(function* () {
    yield* sample("w", Normal(0, 1).iid(4))
    yield* sample("sigma", Normal(0, 1))
  })
)
