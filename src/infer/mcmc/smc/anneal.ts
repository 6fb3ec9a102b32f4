import { Effect, type Scope } from "effect"
import { type FitError, GuideMismatch } from "../../../Errors.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { Prepared } from "../../run/prepared.ts"
import { numbersOf } from "../chainNumbers.ts"
import { type Density, densityOf, type Evaluations } from "../density.ts"
import type { Place } from "../hamiltonian.ts"
import { hmcTransition } from "../hmc.ts"
import { metricEstimateOf, unit } from "../metric.ts"
import { progressTo } from "../progressTo.ts"
import { runTogether } from "../runChains.ts"
import type { Target } from "../target.ts"
import { smcShown } from "./smcProgress.ts"
import type { SmcSettings } from "./smcSettings.ts"
import { logSumExp, nextTemperature, systematic, weightOf } from "./temper.ts"

/** Particles of the posterior, and what was learned on the way. */
export interface Annealed {
  /** `[populations · particles, size]` */
  readonly vectors: Float32Array
  /** log p(data) by each population */
  readonly populations: Float64Array
  readonly temperatures: ReadonlyArray<number>
  readonly acceptance: ReadonlyArray<number>
  readonly evaluations: number
}

/** Where particles come from. */
export interface Beginning {
  /** `[populations · particles, size]` */
  readonly particles: Float32Array
  /** of which they are draws; its integral is 1 */
  readonly density: Effect.Effect<Density, FitError, Engine | Scope.Scope>
  /** such as "from the prior", and what to do where the density of the model is 0 at all of them */
  readonly words: readonly [from: string, advice: string]
}

/** The longest time of a move, in standard deviations of the particles, and the most steps that it takes. */
const [longest, mostSteps] = [3, 50]
/** The acceptance that the step size of the moves is adapted to. */
const wanted = 0.8

/**
 * Sequential Monte Carlo from the prior to the posterior (Del Moral, Doucet and Jasra 2006): particles of p(value) p(data | value)^β for temperatures β from 0 to 1, or of q(value)^(1 − β) p(value, data)^β from another density q. At each temperature they are weighed,
 * resampled within their population, and moved by Hamiltonian Monte Carlo. A population's log p(data) is the sum over temperatures of the logarithm of its mean weight. At the end particles of all
 * populations are resampled once by these evidences, which makes the draws right where populations hold modes in other proportions.
 *
 * @param begin the density at temperature 0, of which the first particles are draws
 */
export const anneal = (
  { target, data, begin }: { readonly target: Target; readonly data: Prepared; readonly begin: Beginning },
  settings: SmcSettings
): Effect.Effect<Annealed, FitError, Engine> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { particles, populations, seed, signal } = settings
      const { size } = target
      const n = particles * populations
      const both = { prior: yield* begin.density, joint: yield* densityOf(target, data, n) }
      const report = progressTo(settings.progress, smcShown)
      const started = performance.now()
      const tell = (isDone: boolean): void =>
        report({ temperature, isDone, evaluations, seconds: (performance.now() - started) / 1000 })
      const logZ = new Float64Array(populations)
      const [temperatures, acceptance]: [Array<number>, Array<number>] = [[0], []]
      // of all particles, which ask for them in turn
      const numbers = numbersOf(seed, 0, "particles")
      const { uniform } = numbersOf(seed, 0, "smc")
      let [vectors, step, evaluations, temperature] = [begin.particles, 1, 0, 0]
      while (temperature < 1) {
        const [before, after] = [yield* both.prior(vectors), yield* both.joint(vectors)]
        evaluations++
        const likelihood = logLikelihoodOf(before, after)
        if (logSumExp(likelihood) === Number.NEGATIVE_INFINITY) return yield* Effect.fail(nowhere(begin.words))
        const next = nextTemperature(likelihood, temperature, settings.effective)
        const weights = likelihood.map((x) => weightOf(x, next - temperature))
        temperature = next
        temperatures.push(next)
        const chosen = new Int32Array(n)
        for (let p = 0; p < populations; p++) {
          const own = weights.subarray(p * particles, (p + 1) * particles)
          const sum = logSumExp(own)
          // a population without any weight left adds nothing to the evidence
          logZ[p] = (logZ[p] ?? 0) + sum - Math.log(particles)
          const from = Number.isFinite(sum) ? own : weights
          const offset = Number.isFinite(sum) ? p * particles : 0
          systematic(from, uniform())
            .subarray(0, particles)
            .forEach((at, i) => {
              chosen[p * particles + i] = at + offset
            })
        }
        vectors = taken(vectors, chosen, size)
        const estimate = metricEstimateOf(settings.metric, size)
        let places = placesOf(vectors, tempered(before, after, temperature), chosen, size)
        for (const { vector } of places) estimate.add(vector)
        const metric = estimate.metric() ?? unit(size)
        const density = temperedDensity(both, () => temperature)
        for (let move = 0; move < settings.moves; move++) {
          const steps = Math.min(mostSteps, Math.max(1, Math.ceil((uniform() * longest) / step)))
          const asking = places.map((place) => hmcTransition(place, steps, { step, metric, numbers }))
          const spent = evaluations
          const moved = yield* runTogether(asking, size, density, (now) => {
            evaluations = spent + now
            tell(false)
            return signal?.aborted !== true
          })
          places = moved.map(({ transition }) => transition.place)
          const mean = moved.reduce((sum, { transition }) => sum + transition.acceptance, 0) / n
          step *= Math.exp(mean - wanted)
          if (move === settings.moves - 1) acceptance.push(mean)
        }
        for (const [i, { vector }] of places.entries()) vectors.set(vector, i * size)
      }
      tell(true)
      const byEvidence = Float64Array.from({ length: n }, (_, i) => logZ[Math.floor(i / particles)] ?? 0)
      return {
        vectors: taken(vectors, systematic(byEvidence, uniform()), size),
        ...{ populations: logZ, temperatures, acceptance, evaluations }
      }
    })
  )

/** What is added to the prior; no weight where either is not finite. */
const logLikelihoodOf = (prior: Evaluations, joint: Evaluations): Float64Array =>
  Float64Array.from(joint.logDensity, (x, i) => {
    const difference = x - (prior.logDensity[i] ?? Number.NaN)
    return Number.isFinite(difference) ? difference : Number.NEGATIVE_INFINITY
  })

const tempered = (prior: Evaluations, joint: Evaluations, temperature: number): Evaluations => {
  const between = (a: Float32Array, b: Float32Array): Float32Array =>
    a.map((x, i) => (1 - temperature) * x + temperature * (b[i] ?? Number.NaN))
  return temperature === 1
    ? joint
    : {
        logDensity: between(prior.logDensity, joint.logDensity),
        gradient: between(prior.gradient, joint.gradient)
      }
}

const temperedDensity =
  (both: { readonly prior: Density; readonly joint: Density }, temperature: () => number): Density =>
  (vectors) =>
    Effect.flatMap(both.joint(vectors), (joint) =>
      temperature() === 1
        ? Effect.succeed(joint)
        : Effect.map(both.prior(vectors), (prior) => tempered(prior, joint, temperature()))
    )

const taken = (vectors: Float32Array, chosen: Int32Array, size: number): Float32Array => {
  const all = new Float32Array(vectors.length)
  chosen.forEach((at, i) => {
    all.set(vectors.subarray(at * size, (at + 1) * size), i * size)
  })
  return all
}

/** Particles that were chosen, with what was known of them before. */
const placesOf = (
  vectors: Float32Array,
  { logDensity, gradient }: Evaluations,
  chosen: Int32Array,
  size: number
): ReadonlyArray<Place> =>
  Array.from(chosen, (at, i) => ({
    vector: Float64Array.from(vectors.subarray(i * size, (i + 1) * size)),
    logDensity: logDensity[at] ?? Number.NaN,
    gradient: Float64Array.from(gradient.subarray(at * size, (at + 1) * size))
  }))

const nowhere = ([from, advice]: Beginning["words"]): GuideMismatch =>
  new GuideMismatch({
    site: "(program)",
    reason: `at no draw ${from} the likelihood of the data was finite. ${advice}`
  })
