// message: guide site 'sigma' has support 'real', which does not lie inside the prior's 'positive'
// at: except: () => ({
import { HalfNormal, Normal, observe, plate, program, sample } from "../../src/index.ts"

const centres = program(function* () {
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("points", function* () {
    const z = yield* sample("z", Normal(0, sigma))
    yield* observe("y", Normal(z, 1))
  })
})
export const fit = centres.autoGuide({
  except: () => ({
    sigma: Normal(0, 1)
  })
})
