// log p(x) of single images: draws from the prior miss them, draws from the encoder hit.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal } from "../../src/index.ts"
import { curves } from "../figures.ts"
import { example, first, mean, unchanged } from "./run.ts"

const encoder = Net.mlp([784, 400, 40], { name: "encoder" })
const decoder = Net.mlp([20, 400, 784], { name: "decoder" })
const generative = model(Normal(0, 1).iid(20), (z) => Bernoulli({ logits: decoder(z) }))
const vae = generative.guide((x) => Normal.fromLocLogVariance(encoder(x)))
const blind = generative.guide(() => Normal(0, 1).iid(20))

const seeds = [1, 2, 3, 4, 5]
const deviation = (xs: ReadonlyArray<number>): number => Math.sqrt(mean(xs.map((x) => (x - mean(xs)) ** 2)))

await example("marginal-likelihood", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const counts = quick ? [1, 10] : [1, 10, 100, 1000]
    const most = Math.max(...counts)
    const fitted = yield* vae.fit(Data.binarize(train.images, { seed: 0 }), fitting(10))
    const unseen = Data.binarize(first(test, quick ? 10 : 100).images, { seed: 1 })
    // the same decoder, with proposals from the prior
    const proposals = { prior: yield* blind.fit(unseen, unchanged(fitted, "decoder")), encoder: fitted }
    const points: Array<{ readonly name: string; readonly x: number; readonly y: number; readonly spread: number }> = []
    for (const [name, from] of Object.entries(proposals))
      for (const particles of counts) {
        const estimates: Array<number> = []
        for (const seed of seeds) estimates.push(yield* from.logMarginal(unseen, { particles, seed }))
        points.push({ name, x: particles, y: mean(estimates), spread: deviation(estimates) })
        console.log(
          `${name.padEnd(8)} ${particles} particles  ${mean(estimates).toFixed(2)} ± ${deviation(estimates).toFixed(3)} nats per image`
        )
      }
    const at = (name: string, x: number) =>
      points.find((point) => point.name === name && point.x === x)?.y ?? Number.NaN
    check(
      `log p(x) by 10 draws of the encoder, over that by ${most} of the prior`,
      at("encoder", 10) - at("prior", most),
      "at least",
      10
    )
    const rises = counts.slice(1).map((n, i) => at("encoder", n) - at("encoder", counts[i] ?? 1))
    check("the bound's least rise from one number of particles to the next", Math.min(...rises), "at least", 0)
    yield* picture("estimates", (path) =>
      curves(path, {
        points,
        x: "draws N",
        y: "log p(x), nats per image",
        log: "x",
        title: "log p(x) by draws from the prior and from the encoder"
      })
    )
    yield* picture("spread", (path) =>
      curves(path, {
        points: points.map(({ name, x, spread }) => ({ name, x, y: Math.max(spread, 1e-4) })),
        ...{
          x: "draws N",
          y: "standard deviation over five seeds",
          log: "both",
          title: "How much the two estimates vary"
        }
      })
    )
  })
)
