// message: guide is missing latent site 'town.spread'
// at: people.guide(
import { Effect } from "effect"
import { LogNormal, Normal, observe, Product, plate, program, sample } from "../../src/index.ts"

const people = program(
  Effect.gen(function* () {
    const town = yield* sample("town", Product({ height: Normal(170, 10), spread: LogNormal(0, 1) }))
    yield* plate("people", () =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(town.height, town.spread))
        yield* observe("y", Normal(z, 1))
      })
    )
  })
)
export const fit = people.guide(() => ({
  town: Product({ height: Normal(0, 1) }),
  people: (row) => ({ z: Normal(row.y, 1) })
}))
