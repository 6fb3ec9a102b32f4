// message: a program cannot fail: handle its errors first
// at: Effect.fail
import { Effect } from "effect"
import { Normal, program, sample } from "../../src/index.ts"

export const model = program(Effect.andThen(Effect.fail("no data"), sample("w", Normal(0, 1))))
