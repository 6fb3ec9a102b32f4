// message: guide site 'w' has event shape [4], but the prior has [3]
// at: iid(4)
import { Effect } from "effect"
import { dot, HalfNormal, LogNormal, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
export const fit = regression.guide(() => ({ w: Normal(0, 1).iid(4), sigma: LogNormal(0, 1) }))
