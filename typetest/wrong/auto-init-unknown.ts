// message: 'tau' does not exist in type
// at: init: { tau
import { HalfNormal, Normal, observe, plate, program, sample } from "../../src/index.ts"

const centres = program(function* () {
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("points", function* () {
    const z = yield* sample("z", Normal(0, sigma))
    yield* observe("y", Normal(z, 1))
  })
})
export const fit = centres.autoGuide({
  init: { tau: 1 }
})
