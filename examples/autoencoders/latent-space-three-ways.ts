// What the two parts of the bound are for: a latent plane by the reconstruction alone, by the KL alone, and by both.
import { Effect } from "effect"
import { Bernoulli, model, Net, Normal, Objective } from "../../src/index.ts"
import { latentScatter } from "../figures.ts"
import { example, first, mean, numbers } from "./run.ts"

const encoder = Net.mlp([784, 400, 4])
const decoder = Net.mlp([2, 400, 784])
const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

/** KL(N(m, s²) ‖ N(0, 1)) of the mean and variance of all codes together, added up over both coordinates: how far the aggregate is from the prior. */
const distance = (means: Float32Array, scales: Float32Array): number =>
  [0, 1].reduce((sum, axis) => {
    const at = (xs: Float32Array): Float32Array => xs.filter((_, i) => i % 2 === axis)
    const centre = mean(at(means))
    const variance = mean(at(means).map((m) => (m - centre) ** 2)) + mean(at(scales).map((s) => s * s))
    return sum + 0.5 * (variance + centre ** 2 - 1 - Math.log(variance))
  }, 0)

await example("latent-space-three-ways", ({ train, test, fitting, check, picture }) =>
  Effect.gen(function* () {
    const shown = first(test, 5000)
    const found = new Map<string, { readonly far: number; readonly reconstruction: number }>()
    for (const [name, words, objective] of [
      ["reconstruction", "the reconstruction alone", Objective.beta(0)],
      ["both", "the ELBO", Objective.elbo],
      ["kl", "the KL alone", Objective.beta(1000)]
    ] as const) {
      const fitted = yield* vae.fit(train.images, { ...fitting(5), objective })
      const codes = yield* fitted.encode(shown.images)
      const { reconstruction } = yield* fitted.elboParts(shown.images)
      found.set(name, { far: distance(numbers(codes.mean), numbers(codes.scale)), reconstruction })
      yield* picture(`latent-${name}`, (path) =>
        latentScatter(path, { points: numbers(codes.mean), labels: shown.labels, title: `Codes by ${words}` })
      )
    }
    const of = (name: string) => found.get(name) ?? { far: Number.NaN, reconstruction: Number.NaN }
    for (const [name, { far, reconstruction }] of found)
      console.log(
        `${name.padEnd(15)} aggregate to N(0, I) ${far.toFixed(2)} nats, reconstruction ${reconstruction.toFixed(1)} nats per image`
      )
    check(
      "aggregate's distance from N(0, I) by both, over that by reconstruction alone",
      of("both").far / of("reconstruction").far,
      "at most",
      0.2
    )
    check(
      "reconstruction by both, less that by the KL alone, nats per image",
      of("both").reconstruction - of("kl").reconstruction,
      "at most",
      -20
    )
  })
)
