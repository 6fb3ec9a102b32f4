// Latent values of each row of a plate: the guide for them is a function of the row, so amortisation needs nothing more.
import { Effect } from "effect"
import {
  Bernoulli,
  type Dataset,
  Net,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const centres = program(
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 5))
    yield* plate("points", () =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(mu, 1))
        yield* observe("y", Normal(z, 1))
      })
    )
  })
)
declare const y: Tensor<readonly [number]>

const amortised = centres.guide(() => ({
  mu: Normal(param("mu", 0), 1),
  points: (row) => {
    same<Equal<(typeof row)["y"], Tensor<readonly []>>>()
    return { z: Normal(row.y, param.positive("scale", 1)) }
  }
}))
export const fit = amortised.fit({ points: { y } })
export const draws = Effect.flatMap(fit, (fitted) => fitted.sample(3))
same<Equal<Effect.Success<typeof draws>, { readonly mu: Dataset<readonly [], "real"> }>>()

export const structured = centres.guideWith(() =>
  Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("points", (row: { y: Tensor<[]> }) => sample("z", Normal(row.y, mu.exp() as Tensor<[]>)))
  })
)

// a conditional VAE: the row holds what is given beside what is observed
const decoder = Net.mlp([12, 784])
const encoder = Net.mlp([794, 4])
const conditional = program(
  plate("images", (row: { label: Tensor<readonly [10]> }) =>
    Effect.gen(function* () {
      const z = yield* sample("z", Normal(0, 1).iid(2))
      yield* observe("x", Bernoulli({ logits: decoder(Tensor.of([12], z.concat(row.label))) }))
    })
  )
).guide(() => ({
  images: (row) => ({ z: Normal.fromLocLogVariance(encoder(Tensor.of([794], row.x.concat(row.label)))) })
}))
declare const label: Tensor<readonly [number, 10]>
declare const x: Dataset<readonly [784], "boolean">
export const fitConditional = conditional.fit({ images: { label, x } })
