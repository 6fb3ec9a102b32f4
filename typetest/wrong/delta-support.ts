// message: guide site 'rate' has support 'real', which does not lie inside the prior's 'positive'
// at: rate: Delta
import { Effect } from "effect"
import { Delta, Exponential, param, program, sample } from "../../src/index.ts"

const model = program(
  Effect.gen(function* () {
    yield* sample("rate", Exponential(3))
  })
)
export const fit = model.guide(() => ({ rate: Delta(param("rate", 1)) }))
