// message: guide is missing latent site 'z'
// message: 'zz' is not a latent site of the model
import { Effect } from "effect"
import { Bernoulli, Normal, observe, plate, program, sample, type Tensor } from "../../src/index.ts"

const centres = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    yield* plate("points", () =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("y", Bernoulli({ logits: z }))
      })
    )
  })
)
export const fit = centres.guideWith(() =>
  Effect.gen(function* () {
    yield* sample("mu", Normal(0, 1))
    yield* plate("points", (row: { y: Tensor<[]> }) => sample("zz", Normal(row.y, 1)))
  })
)
