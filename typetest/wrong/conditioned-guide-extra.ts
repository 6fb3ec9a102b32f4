// message: 'mu' is not a latent site of the model
// at: mu: Normal(0, 1)
import { Effect } from "effect"
import { condition, Gamma, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

type Scalar = Tensor<readonly []>
const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const k = yield* sample("shape", Gamma(2, 1))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.flatMap(sample("theta", Normal(mu, k)), (theta) => observe("y", Normal(theta, row.sigma)))
  )
})
export const guided = program(condition(schools, { mu: 1, schools: { theta: 1 } })).guide(() => ({
  shape: Gamma(1, 1),
  mu: Normal(0, 1)
}))
