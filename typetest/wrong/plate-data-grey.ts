// message: for grey values use Data.binarize, or Bernoulli({ logits, soft: true })
// at: points: { y }
import { Effect } from "effect"
import { Bernoulli, type Dataset, Normal, observe, plate, program, sample } from "../../src/index.ts"

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
declare const y: Dataset<readonly [], "unitInterval">
export const fit = centres
  .guide(() => ({ mu: Normal(0, 1), points: (row) => ({ z: Normal(row.y, 1) }) }))
  .fit({ points: { y } })
