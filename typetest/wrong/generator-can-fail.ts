// message: a program cannot fail: handle its errors first
// at: program(function*
import { Effect } from "effect"
import { Normal, program, sample } from "../../src/index.ts"

export const model = program(function* () {
  yield* sample("w", Normal(0, 1))
  yield* Effect.fail("no data")
})
