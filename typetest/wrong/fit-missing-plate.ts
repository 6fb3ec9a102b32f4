// message: Property 'rows' is missing in type '{}'
// at: guided.fit({})
import { Effect } from "effect"
import { dot, HalfNormal, LogNormal, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: { x: Tensor<[3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
)
const guided = regression.guide(() => ({ w: Normal(0, 1).iid(3), sigma: LogNormal(0, 1) }))
declare const x: Tensor<readonly [number, 3]>
export const fit = guided.fit({})
