// message: guide is missing latent site 'mu'
// at: centres.guide(
import { Effect } from "effect"
import { Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const centres = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    yield* plate("points", (row: { width: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(mu, row.width))
        yield* observe("y", Normal(z, 1))
      })
    )
  })
)
export const fit = centres.guide(() => ({ points: (row) => ({ z: Normal(row.y, row.width) }) }))
