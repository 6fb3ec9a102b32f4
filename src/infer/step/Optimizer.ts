import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"

/** A learning rate: a number, or a function of the step (from 0) and of the number of steps in the whole fit. */
export type Schedule = number | ((step: number, steps: number) => number)

/** The update of one parameter by an optimizer, as tensor code that is recorded into the training step. */
export interface Optimizer {
  readonly name: string
  /** how many tensors of the parameter's shape it carries, each beginning at zero */
  readonly slots: ReadonlyArray<string>
  /** the numbers that it needs anew each step, computed on the host in double precision; `step` begins at 0 */
  readonly scalars: (step: number, steps: number) => Readonly<Record<string, number>>
  readonly update: (
    parameter: tf.Tensor,
    gradient: tf.Tensor,
    slots: ReadonlyArray<tf.Tensor>,
    scalar: (name: string) => tf.Tensor
  ) => { readonly parameter: tf.Tensor; readonly slots: ReadonlyArray<tf.Tensor> }
  /** of natural gradients: `update` is that of the parameters that belong to no site of the guide with a natural gradient, and whether there may be any */
  readonly natural?: { readonly rate: string; readonly hasOthers: boolean }
}

const rateAt = (schedule: Schedule, step: number, steps: number): number =>
  typeof schedule === "number" ? schedule : schedule(step, steps)

const inRange = (option: string, value: number, low: number, high: number): void => {
  if (!(value >= low && value < high))
    throw new InvalidOption({ option, value: String(value), expected: `a number in [${low}, ${high})` })
}

/** A rate that does not change is checked here; one that does is a function, which a fit asks before its first step. */
const checkRate = (rate: Schedule): void => {
  if (typeof rate !== "function") mustBeRate("learningRate", rate, "a number from 0, or a function of the step")
}

const mustBeRate = (option: string, value: number, expected = "a number from 0"): void => {
  if (!(typeof value === "number" && value >= 0 && Number.isFinite(value)))
    throw new InvalidOption({ option, value: String(value), expected })
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1): θ ← θ − α·m̂/(√v̂ + ε). The moments are carried as m/(1−β₁) and v/(1−β₂), which saves two passes over the
 * parameters a step; the bias corrections and these factors are folded into the two scalars `rate` and `epsilon`.
 */
const adam = (
  learningRate: Schedule = 1e-3,
  {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8
  }: { readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number } = {}
): Optimizer => {
  checkRate(learningRate)
  inRange("beta1", beta1, 0, 1)
  inRange("beta2", beta2, 0, 1)
  inRange("epsilon", epsilon, 0, Number.POSITIVE_INFINITY)
  return {
    name: "Adam",
    slots: ["m", "v"],
    scalars: (step, steps) => {
      const t = step + 1
      const [first, second] = [(1 - beta1) / (1 - beta1 ** t), Math.sqrt((1 - beta2) / (1 - beta2 ** t))]
      return { rate: (rateAt(learningRate, step, steps) * first) / second, epsilon: epsilon / second }
    },
    update: (parameter, gradient, [m, v], scalar) => {
      if (m === undefined || v === undefined) throw new RangeError("Adam carries two slots")
      const nextM = tf.add(tf.mul(m, beta1), gradient)
      const nextV = tf.add(tf.mul(v, beta2), tf.mul(gradient, gradient))
      const direction = tf.div(nextM, tf.add(tf.sqrt(nextV), scalar("epsilon")))
      return { parameter: tf.sub(parameter, tf.mul(direction, scalar("rate"))), slots: [nextM, nextV] }
    }
  }
}

/** Stochastic gradient descent with (heavy-ball) momentum: v ← μv + g, θ ← θ − αv. Polyak 1964. */
const sgd = (learningRate: Schedule, { momentum = 0 }: { readonly momentum?: number } = {}): Optimizer => {
  checkRate(learningRate)
  inRange("momentum", momentum, 0, 1)
  return {
    name: "SGD",
    slots: momentum === 0 ? [] : ["velocity"],
    scalars: (step, steps) => ({ rate: rateAt(learningRate, step, steps) }),
    update: (parameter, gradient, [velocity], scalar) => {
      const next = velocity === undefined ? gradient : tf.add(tf.mul(velocity, momentum), gradient)
      return { parameter: tf.sub(parameter, tf.mul(next, scalar("rate"))), slots: velocity === undefined ? [] : [next] }
    }
  }
}

/**
 * Natural gradient descent on the parameters of a guide's sites: λ ← λ − ρ F(λ)⁻¹ ∇L in the natural parameters of each site's family, with F its Fisher information (Amari 1998; Hoffman et al. 2013; Khan and Lin
 * 2017). Where the posterior is in the family, a step of rate 1 by an exact gradient ends in it, and one by draws within their error; a rate below 1 averages over steps. Rows may come in minibatches.
 *
 * For sites of the families Normal, LogNormal, Gamma, InverseGamma, Beta, Dirichlet, Bernoulli, Categorical, OneHotCategorical, Poisson and Exponential, whose parameters are `param` or `param.positive`, in a plate `param.row` or `param.row.positive`, of their
 * own, of the site's shape. The rest (nets, parameters of the model, other families) is moved by `others`; without it a fit is refused with InvalidOption, which names the site and the reason.
 *
 * @param rate ρ (0.1), or a function of the step
 * @example
 * ```ts
 * const counts = program(Effect.flatMap(sample("rate", Gamma(2, 1)), (rate) => plate("days", () => observe("n", Poisson({ rate })))))
 *   .guide(() => ({ rate: Gamma(param.positive("shape", 1), param.positive("inverse", 1)) }))
 * const learnt = await counts.fitPromise({ days: { n: Data.of([4, 6, 5], [], "natural") } }, { epochs: 1, particles: 5000, optimizer: Optimizer.naturalGradient(1), progress: false })
 * Number(Math.abs((learnt.parameter("shape")[0] ?? 0) - 17) < 2) // => 1
 * ```
 */
const naturalGradient = (rate: Schedule = 0.1, { others }: { readonly others?: Optimizer } = {}): Optimizer => {
  checkRate(rate)
  if (others?.natural !== undefined)
    throw new InvalidOption({
      option: "others",
      value: others.name,
      expected: "an optimizer such as Optimizer.adam(0.01)"
    })
  const own = "natural rate"
  return {
    name: `natural gradient${others === undefined ? "" : ` and ${others.name}`}`,
    slots: others?.slots ?? [],
    scalars: (step, steps) => ({ ...others?.scalars(step, steps), [own]: rateAt(rate, step, steps) }),
    update: others?.update ?? ((parameter) => ({ parameter, slots: [] })),
    natural: { rate: own, hasOthers: others !== undefined }
  }
}

export const Optimizer = { adam, sgd, naturalGradient }

/** Learning-rate schedules. */
export const Schedule = {
  /** `rate · decay^(step / every)` */
  exponential: (rate: number, decay: number, every: number): Schedule => {
    mustBeRate("rate", rate)
    mustBeRate("decay", decay)
    if (!(every > 0)) throw new InvalidOption({ option: "every", value: String(every), expected: "a number above 0" })
    return (step) => rate * decay ** (step / every)
  },
  /** from `rate` at the first step to `final` at the last along half a cosine (Loshchilov and Hutter 2017, equation 5) */
  cosine: (rate: number, final = 0): Schedule => {
    mustBeRate("rate", rate)
    mustBeRate("final", final)
    return (step, steps) => final + 0.5 * (rate - final) * (1 + Math.cos((Math.PI * step) / Math.max(1, steps - 1)))
  }
}

/** Gradients scaled down together so that their joint Euclidean norm is at most `norm` (Pascanu, Mikolov and Bengio 2013, algorithm 1). */
export const clipByGlobalNorm = (gradients: ReadonlyArray<tf.Tensor>, norm: number): ReadonlyArray<tf.Tensor> => {
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)))
  const total = tf.sqrt(squares.reduce<tf.Tensor>((sum, x) => tf.add(sum, x), tf.scalar(0)))
  const factor = tf.div(norm, tf.maximum(total, norm))
  return gradients.map((gradient) => tf.mul(gradient, factor))
}
