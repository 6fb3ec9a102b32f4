// message: Latent<"sigma",
// message: Plate<
// message: is not assignable to type 'never'
// at: Effect.runPromise
import { Effect } from "effect"
import { HalfNormal, Normal, observe, plate, sample, type Tensor } from "../../src/index.ts"

const model = Effect.gen(function* () {
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("rows", (row: { x: Tensor<[]> }) => observe("y", Normal(row.x, sigma)))
})
export const run = Effect.runPromise(model)
