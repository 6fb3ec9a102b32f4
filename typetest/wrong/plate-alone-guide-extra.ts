// message: 'extra' is not a latent site of the model
// at: points: (row)
import { Effect } from "effect"
import { HalfNormal, Normal, observe, plate, program, sample } from "../../src/index.ts"

const local = program(
  plate("points", () =>
    Effect.gen(function* () {
      const z = yield* sample("z", HalfNormal(1))
      yield* observe("y", Normal(z, 1))
    })
  )
)
export const fit = local.guide(() => ({ points: (row) => ({ z: HalfNormal(row.y), extra: Normal(0, 1) }) }))
