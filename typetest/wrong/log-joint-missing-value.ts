// message: Property 'shape' is missing
// at: mu: 1
import { Effect } from "effect"
import { Gamma, logJoint, Normal, observe, plate, sample, type Tensor } from "../../src/index.ts"

type Scalar = Tensor<readonly []>
const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const k = yield* sample("shape", Gamma(2, 1))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.flatMap(sample("theta", Normal(mu, k)), (theta) => observe("y", Normal(theta, row.sigma)))
  )
})
declare const rows: Tensor<readonly [number]>
export const wrong = logJoint(schools, { schools: { sigma: rows, y: rows } }, { mu: 1, schools: { theta: rows } })
