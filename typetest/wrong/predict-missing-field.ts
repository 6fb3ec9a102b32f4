// message: Property 'sigma' is missing
// at: predict
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
declare const rows: Tensor<readonly [number]>
const guided = program(condition(schools, { mu: 1, shape: 1 })).guide(() => ({
  schools: () => ({ theta: Normal(0, 1) })
}))
export const wrong = Effect.flatMap(guided.fit({ schools: { sigma: rows, y: rows } }), (fitted) =>
  fitted.predict({ schools: {} }, 3)
)
