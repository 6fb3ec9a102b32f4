// message: a program may ask for nothing but its sites: provide other services first
// at: program(function*
import { Engine, Normal, plate, program, sample } from "../../src/index.ts"

export const model = program(function* () {
  yield* plate("rows", function* () {
    yield* Engine
    yield* sample("w", Normal(0, 1))
  })
})
