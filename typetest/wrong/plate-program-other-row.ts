// message: the guide reads rows of plate 'points' that the model does not have
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
    yield* plate("points", (row: { w: Tensor<[]> }) => sample("z", Normal(row.w, 1)))
  })
)
