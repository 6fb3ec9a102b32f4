// message: 'nu' is not a latent, observed or enumerated site of the program
// at: nu
import { Effect } from "effect"
import { condition, Gamma, Normal, observe, plate, sample, type Tensor } from "../../src/index.ts"

type Scalar = Tensor<readonly []>
const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const k = yield* sample("shape", Gamma(2, 1))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.flatMap(sample("theta", Normal(mu, k)), (theta) => observe("y", Normal(theta, row.sigma)))
  )
})
export const wrong = condition(schools, {
  mu: 1,
  nu: 1
})
