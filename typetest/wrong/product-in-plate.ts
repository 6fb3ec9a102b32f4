// message: guide site 'person.smokes' has support 'unitInterval', which does not lie inside the prior's 'boolean'
// at: people: ()
import { Effect } from "effect"
import { Bernoulli, LogNormal, Normal, observe, Product, plate, program, sample, Uniform } from "../../src/index.ts"

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
const person = Product({ health: Normal(0, 1), smokes: Bernoulli({ probs: 0.5 }) })
export const fit = people.guide(() => ({
  town: Product({ height: Normal(0, 1), spread: LogNormal(0, 1) }),
  people: () => ({ person: Product({ health: person.factors.health, smokes: Uniform(0, 1) }) })
}))
