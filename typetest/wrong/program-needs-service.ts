// message: a program may ask for nothing but its sites: provide other services first
import { Effect } from "effect"
import { Engine, Normal, program, sample } from "../../src/index.ts"

export const model = program(
  Effect.gen(function* () {
    const engine = yield* Engine
    yield* Effect.log(engine.name)
    yield* sample("w", Normal(0, 1))
  })
)
