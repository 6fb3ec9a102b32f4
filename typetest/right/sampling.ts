import { Effect } from "effect"
import {
  add,
  Bernoulli,
  Data,
  type Dataset,
  deterministic,
  enumerate,
  HalfNormal,
  mul,
  Normal,
  observe,
  plate,
  program,
  sample
} from "../../src/index.ts"

const centres = program(function* () {
  const sigma = yield* sample("sigma", HalfNormal(1).iid(3))
  yield* deterministic("twice", mul(2, sigma))
  yield* plate("points", function* () {
    const z = yield* sample("z", Normal(0, 1))
    yield* observe("y", Normal(z, 1))
  })
})

const labels = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  yield* plate("rows", function* () {
    const k = yield* enumerate("k", Bernoulli({ probs: 0.5 }))
    const on = yield* enumerate("on", Bernoulli({ probs: 0.5 }))
    yield* observe("y", Normal(add(mu, mul(k, on)), 1))
  })
})

/** Draws by chains have the shapes of their sites, and `init` those of latent sites. */
export const sampling = Effect.gen(function* () {
  const points = { y: Data.of([1, 2], []) }
  const sampled = yield* centres.nuts({ points }, { init: { sigma: [1, 2, 3], points: { z: 0 } }, metric: "dense" })
  const sigma: Dataset<readonly [3]> = sampled.draws.sigma
  const twice: Dataset<readonly [3]> = sampled.draws.twice
  const z: Dataset = sampled.draws.points.z
  const likelihood: Dataset = (yield* sampled.logLikelihood()).points.y
  const predicted: Dataset = (yield* sampled.predict({ points: 3 })).points.y
  const rHat: ReadonlyArray<number> = sampled.summary().rows.map(({ rHat }) => rHat)
  return [sigma, twice, z, likelihood, predicted, rHat]
})

/** The same of Pathfinder. */
export const approximating = Effect.gen(function* () {
  const points = { y: Data.of([1, 2], []) }
  const found = yield* centres.pathfinder({ points }, { init: { sigma: 1 }, paths: 4 })
  const sigma: Dataset<readonly [3]> = found.draws.sigma
  const z: Dataset = found.draws.points.z
  const mean: Float64Array = found.summary().sites.sigma.mean
  const predicted: Dataset = (yield* found.predict({ points: 3 })).points.y
  return [sigma, z, mean, predicted, found.k]
})

/** Chains in step give what `nuts` gives, and particles the same draws. */
export const others = Effect.gen(function* () {
  const points = { y: Data.of([1, 2], []) }
  const sampled = yield* centres.hmc({ points }, { init: { sigma: 1 }, trajectory: 3, chains: 2 })
  const annealed = yield* centres.smc({ points }, { particles: 100 })
  const sigma: Dataset<readonly [3]> = sampled.draws.sigma
  const z: Dataset = annealed.draws.points.z
  const predicted: Dataset = (yield* annealed.predict({ points: 3 })).points.y
  return [sigma, z, predicted, sampled.trajectory, annealed.logEvidence.error]
})

/** Sweeps of discrete sites beside continuous ones: `blocks` are of the discrete ones, `init` of the others. */
export const sweeping = Effect.gen(function* () {
  const swept = yield* labels.gibbs({ rows: { y: Data.of([1, 2], []) } }, { init: { mu: 1 }, blocks: [["k", "on"]] })
  const mu: Dataset = swept.draws.mu
  const k: Dataset = swept.draws.rows.k
  const likelihood: Dataset | undefined = (yield* swept.logLikelihood()).rows.y
  return [mu, k, likelihood, swept.divergences]
})

/** The same from the guide of a fit, as Effects and as Promises. */
export const proposing = Effect.gen(function* () {
  const points = { y: Data.of([1, 2], []) }
  const fitted = yield* centres.autoGuide().fit({ points })
  const taken = yield* fitted.metropolis({ points }, { chains: 2 })
  const drawn = yield* fitted.importance({ points }, { proposals: 100 })
  const led = yield* fitted.smc({ points }, { particles: 20 })
  const sigmas: ReadonlyArray<Dataset<readonly [3]>> = [taken, drawn, led].map(({ draws }) => draws.sigma)
  const likelihood: Dataset = (yield* taken.logLikelihood()).points.y
  const rHat: ReadonlyArray<number> = taken.summary().rows.map(({ rHat }) => rHat)
  return [sigmas, likelihood, rHat, drawn.k, led.logEvidence]
})
export const promising = async () => {
  const points = { y: Data.of([1, 2], []) }
  const fitted = await centres.autoGuide().fitPromise({ points })
  const taken = await fitted.metropolis({ points })
  const predicted: Dataset = (await taken.predict({ points: 3 })).points.y
  const z: Dataset = (await fitted.smc({ points })).draws.points.z
  return [predicted, z]
}
