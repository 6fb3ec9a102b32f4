// message: 'twice' is not a latent, observed or enumerated site of the program
// at: twice: 1
import { condition, deterministic, mul, Normal, program, sample } from "../../src/index.ts"

const line = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* deterministic("twice", mul(2, mu))
})
export const wrong = condition(line, {
  mu: 1,
  twice: 1
})
