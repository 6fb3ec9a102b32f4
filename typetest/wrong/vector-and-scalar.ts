// message: dot takes two vectors of one length, not [3] and []
// at: dot(w, sigma)
import { Effect } from "effect"
import { dot, HalfNormal, Normal, observe, program, sample } from "../../src/index.ts"

export const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* observe("y", Normal(dot(w, sigma), 1))
  })
)
