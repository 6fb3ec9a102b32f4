import {
  Bernoulli,
  enumerated,
  model,
  Normal,
  nvil,
  observe,
  Product,
  param,
  plate,
  program,
  rebar,
  reparameterized,
  sample,
  score,
  type Tensor
} from "../../src/index.ts"

/** An estimator that a distribution asks for leaves its type as it is. */
export const asking: ReturnType<typeof Normal<number, number>> = Normal(0, 1).via(score)
export const copies = Bernoulli({ logits: 0 }).iid(3).via(enumerated)
export const relaxed = Bernoulli({ logits: 0 })
  .iid(3)
  .via(rebar({ temperature: 0.3 }))
export const learned = Normal(0, 1).via(nvil)

const nested = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* sample("person", Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }))
  yield* plate("rows", function* (_row: { readonly x: Tensor<readonly []> }) {
    yield* sample("k", Bernoulli({ logits: 0 }))
    yield* observe("x", Normal(mu, 1))
  })
}).guide(() => ({
  mu: Normal(param("m", 0), 1).via(reparameterized),
  person: Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }),
  rows: () => ({ k: Bernoulli({ logits: 0 }) })
}))
declare const data: Parameters<typeof nested.fit>[0]
/** Sites of a plate and factors of a product go by their own names. */
export const fit = nested.fit(data, {
  estimators: { mu: score, k: enumerated, "person.height": reparameterized, "person.smokes": score }
})
export const plain = model(Normal(0, 1), (z) => Normal(z, 1))
  .guide(() => Normal(param("m", 0), 1))
  .explain({ estimators: { z: score } })
