// message: guide is missing latent site 'mu.base'
// at: shape: Gamma(1, 1)
import { Effect } from "effect"
import {
  condition,
  Gamma,
  Normal,
  observe,
  plate,
  program,
  Reparam,
  reparam,
  sample,
  type Tensor
} from "../../src/index.ts"

type Scalar = Tensor<readonly []>
const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const k = yield* sample("shape", Gamma(2, 1))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.flatMap(sample("theta", Normal(mu, k)), (theta) => observe("y", Normal(theta, row.sigma)))
  )
})
export const guided = program(reparam(condition(schools, { schools: { theta: 1 } }), { mu: Reparam.nonCentred })).guide(
  () => ({ shape: Gamma(1, 1) })
)
