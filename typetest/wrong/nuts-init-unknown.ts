// message: 'tau' does not exist in type
// at: init: { tau
import { HalfNormal, Normal, observe, program, sample } from "../../src/index.ts"

const centre = program(function* () {
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* observe("y", Normal(0, sigma))
})
export const sampled = (y: Parameters<typeof centre.nuts>[0]["y"]) =>
  centre.nuts(
    { y },
    {
      init: { tau: 1 }
    }
  )
