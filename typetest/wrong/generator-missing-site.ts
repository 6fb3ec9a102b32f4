// message: guide is missing latent site 'sigma'
// at: guideWith(function*
import { HalfNormal, Normal, observe, program, sample } from "../../src/index.ts"

const model = program(function* () {
  const w = yield* sample("w", Normal(0, 1))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* observe("y", Normal(w, sigma))
})
export const guided = model.guideWith(function* () {
  yield* sample("w", Normal(0, 1))
})
