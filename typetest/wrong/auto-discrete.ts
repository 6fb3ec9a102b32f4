// message: site 'k' is discrete, and automatic guides have densities: sum it out with enumerate, or guide it yourself in 'except'
// at: .explain
import { Bernoulli, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

declare const y: Tensor<readonly [number]>
const mixture = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* plate("rows", function* () {
    yield* sample("k", Bernoulli({ probs: 0.5 }))
    yield* observe("y", Normal(mu, 1))
  })
})
export const plan = mixture.autoGuide().explain({ rows: { y } })
