// message: 'weight' does not exist in type
// at: weight: y
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
declare const y: Tensor<readonly [number]>
export const fit = guided.fit({ rows: { x, y, weight: y } })
