import * as tf from "@tensorflow/tfjs"
import type { Dist } from "../../src/dist/Dist.ts"
import type { Guided } from "../../src/model/Guided.ts"
import { interpret } from "../../src/model/interpret.ts"
import type { ParamStore } from "../../src/model/Param.ts"
import type { SiteTrace, World } from "../../src/model/World.ts"
import { type Shape, type Tensor, typed } from "../../src/tensor/Tensor.ts"

/** Numbers with their shape. */
export interface Numbers {
  readonly shape: Shape
  readonly values: ArrayLike<number>
}

export interface ReferenceRun {
  readonly guided: Guided
  readonly parameters: Readonly<Record<string, ArrayLike<number>>>
  /** the rows of each plate in the order of the batch; each row a record of its fields */
  readonly rows: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, Numbers>>>>>
  /** observed values outside of plates */
  readonly globals?: Readonly<Record<string, Numbers>>
  /** what one row counts for in a sum over its plate */
  readonly weights: Readonly<Record<string, number>>
  /** how many places the batch of a plate has: more than there are rows when it is a partial one */
  readonly batch: Readonly<Record<string, number>>
  readonly particles: number
  readonly seed: number
  readonly step: number
  /** sites whose KL is taken in closed form: both of them must be Normal */
  readonly analytic: ReadonlyArray<string>
}

export interface ReferenceLoss {
  /** −ELBO */
  readonly loss: number
  readonly terms: Readonly<Record<string, number>>
  readonly gradients: Readonly<Record<string, Float32Array>>
}

/**
 * −ELBO and its reparameterized gradient with nothing recorded: the user's program runs as it is on tfjs's cpu backend under tfjs's tape,
 * for one row and one particle at a time, in a plain loop. Random numbers come from the library's generator under the key that names them:
 * the lane of a draw is its place among all draws of its site in one step, the last plate's axis outermost below the particle's.
 */
export const reference = (run: ReferenceRun): ReferenceLoss => {
  tf.setBackend("cpu")
  return tf.tidy(() => {
    const variables = new Map<string, tf.Variable>()
    const params = storeOf(run.parameters, variables)
    const sites = interpret(
      run.guided,
      worldAt(
        run,
        params,
        () => 0,
        () => 0,
        0
      )
    )
    const plateNames = [...new Set(sites.flatMap(({ plates }) => plates))]
    const platesOf = (site: string): ReadonlyArray<string> => sites.find(({ name }) => name === site)?.plates ?? []
    const terms = new Map<string, number>()

    const negativeElbo = (): tf.Scalar => {
      let total: tf.Tensor = tf.scalar(0)
      terms.clear()
      for (let particle = 0; particle < run.particles; particle++) {
        for (const place of places(plateNames.map((plate) => rowsIn(run, plate)))) {
          const row = (plate: string): number => place[plateNames.indexOf(plate)] ?? 0
          const lane = (site: string): number =>
            platesOf(site).reduceRight((index, plate) => index * (run.batch[plate] ?? 1) + row(plate), particle)
          for (const site of interpret(run.guided, worldAt(run, params, row, lane, run.step))) {
            if (plateNames.some((plate) => !site.plates.includes(plate) && row(plate) !== 0)) continue
            const weight = site.plates.reduce((product, plate) => product * (run.weights[plate] ?? 1), 1)
            const term = tf.mul(termOf(site, run.analytic), weight / run.particles)
            terms.set(site.name, (terms.get(site.name) ?? 0) + (term.dataSync()[0] ?? Number.NaN))
            total = tf.add(total, term)
          }
        }
      }
      return total.asScalar()
    }
    const { value, grads } = tf.variableGrads(negativeElbo, [...variables.values()])
    const result = {
      loss: value.dataSync()[0] ?? Number.NaN,
      terms: Object.fromEntries(terms),
      gradients: Object.fromEntries(
        [...variables].map(([name, variable]) => [name, Float32Array.from(grads[variable.name]?.dataSync() ?? [])])
      )
    }
    for (const variable of variables.values()) variable.dispose()
    return result
  })
}

const rowsIn = (run: ReferenceRun, plate: string): number => run.rows[plate]?.length ?? 1

/** Every combination of one place for each plate. */
const places = (counts: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  counts.reduce<ReadonlyArray<ReadonlyArray<number>>>(
    (before, count) => before.flatMap((place) => Array.from({ length: count }, (_, i) => [...place, i])),
    [[]]
  )

const tensorOf = ({ shape, values }: Numbers): Tensor => typed(tf.tensor(Float32Array.from(values), [...shape]))

const worldAt = (
  run: ReferenceRun,
  params: ParamStore,
  row: (plate: string) => number,
  lane: (site: string) => number,
  step: number
): World => {
  const fields = (plate: string): Readonly<Record<string, Tensor>> =>
    Object.fromEntries(
      Object.entries(run.rows[plate]?.[row(plate)] ?? {}).map(([field, numbers]) => [field, tensorOf(numbers)])
    )
  return {
    params,
    row: fields,
    observed: (site, plates) => {
      const plate = plates.at(-1)
      const numbers = plate === undefined ? run.globals?.[site] : run.rows[plate]?.[row(plate)]?.[site]
      if (numbers === undefined) throw new RangeError(`the reference has no datum for '${site}'`)
      return tensorOf(numbers)
    },
    key: (site) => ({ seed: run.seed, site, step, lane: lane(site) }),
    mark: (_, draw) => draw
  }
}

/** Parameters as variables of the tape. Nets must have names of their own here. */
const storeOf = (
  parameters: Readonly<Record<string, ArrayLike<number>>>,
  variables: Map<string, tf.Variable>
): ParamStore => ({
  get: ({ name, shape }) => {
    const known = variables.get(name)
    if (known !== undefined) return known
    const values = parameters[name]
    if (values === undefined) throw new RangeError(`the reference has no parameter '${name}'`)
    const variable = tf.variable(tf.tensor(Float32Array.from(values), [...shape]))
    variables.set(name, variable)
    return variable
  },
  nameOf: () => {
    throw new RangeError("give each net of a reference program a name")
  }
})

const termOf = (site: SiteTrace[number], analytic: ReadonlyArray<string>): tf.Tensor => {
  if (site.kind === "observed") return tf.neg(site.dist.logProb(site.value))
  if (site.kind !== "latent") throw new RangeError(`the reference has no rule for the ${site.kind} site '${site.name}'`)
  if (analytic.includes(site.name)) return normalKl(guideOf(site), site.prior)
  return tf.sub(guideOf(site).logProb(site.value), site.prior.logProb(site.value))
}

const guideOf = ({ guide, name }: Extract<SiteTrace[number], { readonly kind: "latent" }>): Dist => {
  if (guide === undefined) throw new RangeError(`the site '${name}' has no guide`)
  return guide
}

/** KL between normal distributions, from means and variances alone: ½ Σ (log(vₚ/v_q) + v_q/vₚ + (m_q − mₚ)²/vₚ − 1). */
const normalKl = (q: Dist, p: Dist): tf.Tensor => {
  const ratio = tf.div(q.variance(), p.variance())
  const distance = tf.div(tf.square(tf.sub(q.mean(), p.mean())), p.variance())
  return tf.mul(0.5, tf.sum(tf.sub(tf.sub(tf.add(ratio, distance), tf.log(ratio)), 1)))
}
