// A product is a site whose value is a record: its factors are the latent or observed sites `name.factor`, which a guide may give together or apart.
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import {
  Bernoulli,
  type Dataset,
  LogNormal,
  Normal,
  observe,
  Product,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

type Scalar = Tensor<readonly []>
const both = (a: Scalar, b: Scalar): Scalar => tf.add(a, b) as Scalar

const people = program(
  Effect.gen(function* () {
    const town = yield* sample("town", Product({ height: Normal(170, 10), spread: LogNormal(0, 1) }))
    same<Equal<typeof town, { readonly height: Scalar; readonly spread: Scalar }>>()
    yield* plate("people", (row: { age: Scalar }) =>
      Effect.gen(function* () {
        const { health, smokes } = yield* sample(
          "person",
          Product({ health: Normal(row.age, 1).iid(2), smokes: Bernoulli({ probs: 0.2 }) })
        )
        same<Equal<typeof health, Tensor<readonly [2]>>>()
        same<Equal<typeof smokes, Scalar>>()
        yield* observe(
          "seen",
          Product({ height: Normal(town.height, town.spread), cough: Bernoulli({ logits: smokes }) })
        )
      })
    )
  })
)

declare const age: Tensor<readonly [number]>
declare const heights: Dataset<readonly [], "real">
declare const coughs: Dataset<readonly [], "boolean">
const data = { people: { age, "seen.height": heights, "seen.cough": coughs } }

const local = (row: { readonly age: Scalar; readonly "seen.cough": Scalar }) =>
  Product({
    health: Normal(both(row.age, row["seen.cough"]), 1).iid(2),
    smokes: Bernoulli({ logits: row["seen.cough"] })
  })

const together = people.guide(() => ({
  town: Product({ height: Normal(param("height", 170), 1), spread: LogNormal(0, 1) }),
  people: (row) => {
    same<Equal<(typeof row)["seen.height"], Scalar>>()
    return { person: local(row) }
  }
}))
export const fit = together.fit(data)
export const draws = Effect.flatMap(fit, (fitted) => fitted.sample(3))
same<
  Equal<
    Effect.Success<typeof draws>,
    { readonly "town.height": Dataset<readonly [], "real">; readonly "town.spread": Dataset<readonly [], "real"> }
  >
>()

export const apart = people.guide(() => ({
  "town.height": Normal(0, 1),
  "town.spread": LogNormal(0, 1),
  people: (row) => ({ "person.health": Normal(row.age, 1).iid(2), "person.smokes": Bernoulli({ probs: 0.5 }) })
}))

/** A product of some of the factors, and the others by their own names; a factor may depend on another. */
export const structured = people.guideWith(() =>
  Effect.gen(function* () {
    const { height } = yield* sample("town", Product({ height: Normal(0, 1) }))
    yield* sample("town.spread", LogNormal(height, 1))
    yield* plate("people", (row: { age: Scalar; "seen.cough": Scalar }) => sample("person", local(row)))
  })
)

/** Sites that were named so one by one may be guided by a product, too. */
export const named = program(
  Effect.gen(function* () {
    yield* sample("w.a", Normal(0, 1))
    yield* sample("w.b", LogNormal(0, 1))
  })
).guide(() => ({ w: Product({ a: Normal(0, 1), b: LogNormal(0, 1) }) }))
