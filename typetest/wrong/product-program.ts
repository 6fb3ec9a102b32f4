// message: guide is missing latent site 'person.smokes'
// message: guide site 'town.spread' has support 'real', which does not lie inside the prior's 'positive'
// at: Effect.gen(
import { Effect } from "effect"
import { Bernoulli, LogNormal, Normal, observe, Product, plate, program, sample } from "../../src/index.ts"

const people = program(
  Effect.gen(function* () {
    const town = yield* sample("town", Product({ height: Normal(170, 10), spread: LogNormal(0, 1) }))
    yield* plate("people", () =>
      Effect.gen(function* () {
        const { health } = yield* sample("person", Product({ health: Normal(0, 1), smokes: Bernoulli({ probs: 0.2 }) }))
        yield* observe("y", Normal(health, town.spread))
      })
    )
  })
)
const town = Product({ height: Normal(0, 1), spread: Normal(0, 1) })
export const fit = people.guideWith(() =>
  Effect.gen(function* () {
    yield* sample("town", town)
    yield* plate("people", () => sample("person", Product({ health: Normal(0, 1) })))
  })
)
