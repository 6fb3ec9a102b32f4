// message: guide is missing latent site 'points'
// at: centres.guide(
import { Effect } from "effect"
import { Bernoulli, Normal, observe, plate, program, sample } from "../../src/index.ts"

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
export const fit = centres.guide(() => ({ mu: Normal(0, 1) }))
