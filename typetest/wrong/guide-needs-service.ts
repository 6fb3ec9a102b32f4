// message: a program may ask for nothing but its sites: provide other services first
// at: guideWith
import { Effect } from "effect"
import { Engine, Normal, observe, program, sample } from "../../src/index.ts"

const model = program(Effect.flatMap(sample("mu", Normal(0, 1)), (mu) => observe("y", Normal(mu, 1))))
export const guided = model.guideWith(() => Effect.andThen(Engine, sample("mu", Normal(0, 1))))
