// The table of the paper on importance weighted autoencoders (Burda, Grosse and Salakhutdinov 2016): the same nets trained by the ELBO and by the importance weighted bound, with 1, 5 and 50 draws.
// Its schedule is 3,280 epochs of batches of 20; here are six of batches of 100, with a rate that falls to zero.
import { Effect } from "effect"
import { Bernoulli, Data, model, Net, Normal, Objective, Optimizer, Schedule } from "../../src/index.ts"
import { curves } from "../figures.ts"
import { example, first, numbers } from "./run.ts"

const encoder = Net.mlp([784, 200, 200, 100], { activation: "tanh" })
const decoder = Net.mlp([50, 200, 200, 784], { activation: "tanh" })
const vae = model(Normal(0, 1).iid(50), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

const objectives = { VAE: Objective.elbo, IWAE: Objective.iwae }
/** −log p(x) of the paper's table 1, with one stochastic layer. */
const published = { VAE: [86.76, 86.47, 86.35], IWAE: [86.76, 85.54, 84.78] }

/** Units whose mean varies by more than 0.01 from image to image (the paper's section 5.2). */
const activeUnits = (means: Float32Array): number => {
  const n = means.length / 50
  const moment = (unit: number, power: number): number => {
    let total = 0
    for (let i = unit; i < means.length; i += 50) total += (means[i] ?? Number.NaN) ** power
    return total / n
  }
  return Array.from({ length: 50 }, (_, unit) => moment(unit, 2) - moment(unit, 1) ** 2).filter((v) => v > 0.01).length
}

await example("iwae-table", ({ train, test, quick, fitting, check, picture }) =>
  Effect.gen(function* () {
    const bits = Data.binarize(train.images, { seed: 0 })
    const unseen = Data.binarize(first(test, quick ? 20 : 1000).images, { seed: 1 })
    const counts = quick ? [1, 2, 3] : [1, 5, 50]
    const options = { ...fitting(6, 100), optimizer: Optimizer.adam(Schedule.cosine(2e-3), { epsilon: 1e-4 }) }
    const points: Array<{ readonly name: string; readonly x: number; readonly y: number }> = []
    const marginal = { particles: quick ? 5 : 500 }
    // one draw makes both objectives the same: it is fitted once, and from two other seeds to see what differences mean
    const single = yield* vae.fit(bits, options)
    const ofSeeds = [yield* single.logMarginal(unseen, marginal)]
    for (const seed of [101, 102]) {
      const other = yield* vae.fit(bits, { ...options, seed })
      ofSeeds.push(yield* other.logMarginal(unseen, marginal))
    }
    const spread = Math.max(...ofSeeds) - Math.min(...ofSeeds)
    console.log(`1 draw, three seeds: −log p(x) ${ofSeeds.map((log) => (-log).toFixed(2)).join(", ")}`)
    for (const name of ["VAE", "IWAE"] as const)
      for (const [i, particles] of counts.entries()) {
        const objective = objectives[name]
        const fitted = particles === 1 ? single : yield* vae.fit(bits, { ...options, objective, particles })
        const log = yield* fitted.logMarginal(unseen, marginal)
        const { mean } = yield* fitted.encode(unseen)
        points.push({ name, x: particles, y: -log })
        console.log(
          `${name.padEnd(4)} ${particles} draws: −log p(x) ${(-log).toFixed(2)} (published ${published[name][i]}), ${activeUnits(numbers(mean))} active units of 50`
        )
      }
    const [one = Number.NaN, fewElbo, manyElbo, , few, many] = points.map(({ y }) => y)
    const gain = (from = Number.NaN, to = Number.NaN): number => from - to
    check("nats that 5 draws gain over 1, VAE", gain(one, fewElbo), "at least", -spread)
    check("nats that 50 draws gain over 5, VAE", gain(fewElbo, manyElbo), "at least", -spread)
    check("nats that 5 draws gain over 1, IWAE", gain(one, few), "at least", 0)
    check("nats that 50 draws gain over 5, IWAE", gain(few, many), "at least", 0)
    check("nats that the IWAE gains over the VAE, 50 draws", gain(manyElbo, many), "at least", 0)
    yield* picture("table", (path) =>
      curves(path, {
        points,
        ...{ x: "draws in a step", y: "−log p(x), nats per image", log: "x" },
        title: "The same nets by the ELBO and by the importance weighted bound"
      })
    )
  })
)
