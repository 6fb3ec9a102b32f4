import type * as tf from "@tensorflow/tfjs"
import type { Gradient, Way } from "../../dist/Dist.ts"
import type { Key } from "../../tensor/random.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { DistFacts } from "../joint/Joint.ts"

/** An op between a site's draw and something that is differentiated, at which a gradient through the draw would be wrong. */
export interface Jump {
  /** the op in words, such as `'floor'` */
  readonly op: string
  /** whether it does jump; otherwise it may, at a point that the ranges of its inputs do not exclude */
  readonly certain: boolean
  /** the node that jumps */
  readonly node: number
}

/** All that an estimator reads of a site to say whether it applies. */
export interface SiteFacts {
  readonly site: string
  readonly guide: DistFacts
  /** the first jump on the way from the draw to anything that is differentiated */
  readonly jump: Jump | undefined
  /** whether the draw is read by functions of its own period alone; true for draws without a period */
  readonly readPeriodically: boolean
  /** for a discrete draw why a sum over its values cannot be had; undefined if it can */
  readonly tooMany: string | undefined
  /** why the loss cannot be read at other values of the draw; undefined if it can */
  readonly otherValues: string | undefined
  /** why the loss cannot be followed along numbers between the values of a discrete draw; undefined if it can */
  readonly between: () => string | undefined
  /** whether data stand in the rows of the site's plates */
  readonly hasRow: () => boolean
  /** whether the site stands neither in a branch nor in a recurrence */
  readonly isPlain: boolean
  /** whether the user asked for this estimator by name */
  readonly asked: boolean
}

export type Verdict =
  | { readonly applies: true; readonly because: string }
  | {
      readonly applies: false
      readonly because: string
      /** whether the family does not have such a gradient at all, whatever reads the draw */
      readonly lacking: boolean
    }

export const yes = (because: string): Verdict => ({ applies: true, because })
export const no = (because: string): Verdict => ({ applies: false, because, lacking: false })
export const lacking = (name: string, { family, gradients }: DistFacts): Verdict => ({
  applies: false,
  because: `${family} has no ${name} gradient; it has: ${gradients.join(", ") || "none"}`,
  lacking: true
})

/** The option by which a user asks for an estimator: `estimators: { z: score }`. */
export const asking = (site: string, estimator: string): string =>
  `estimators: { ${/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(site) ? site : JSON.stringify(site)}: ${estimator} }`

/** What an estimator is told of one latent site: nothing of the objective but the cost to go. */
export interface Estimand {
  readonly site: string
  /** the family of the guide's distribution */
  readonly family: string
  /** log q(z) at the drawn value, which is a constant for the gradient: one number, or one for each independent event of a draw, as `cost` has */
  readonly logQ: tf.Tensor
  /**
   * Everything in the loss that the drawn value influences, summed to the site's own plates: one number; or one for each independent event of a draw, where the graph shows
   * a part of the loss that it influences alone.
   */
  readonly cost: tf.Tensor
  readonly control: Control | undefined
  /**
   * Numbers that the site carries from step to step, from 0 on, as they are before this step: they have nothing to do with its draws. `next` makes those of the next step. A site has
   * one such tensor, which checkpoints hold, and no parameter.
   */
  readonly carried: (shape: Shape, next: (before: tf.Tensor, over: Means) => tf.Tensor) => tf.Tensor
  /** the data in the row of the site's plates, as constants */
  readonly row: () => ReadonlyArray<tf.Tensor>
  /** where an objective mixes particles: the cost with this particle's log weight replaced by the mean of the others' */
  readonly withoutOwn: () => tf.Tensor
  /** the loss at other values of the draw, and the guide's parameters: only for an estimator that said with `otherValues` that it can be had */
  readonly others: OtherValues
}

/** The means of a step. */
export interface Means {
  readonly particles: (x: tf.Tensor) => tf.Tensor
  readonly rows: (x: tf.Tensor) => tf.Tensor
}

/** The pieces of estimators that read the loss at other values of a draw. */
export interface OtherValues {
  /** the drawn value, as a constant for the gradient */
  readonly drawn: tf.Tensor
  /** the cost as one number, as a constant for the gradient */
  readonly total: tf.Tensor
  /** a parameter of the guide's distribution, through which the gradient goes, in the shape of a draw or that before its last dimensions */
  readonly parameter: (name: string) => tf.Tensor
  /** the cost, as `cost`, if the draw were another value. Later draws are made anew from the same noise. A constant for the gradient. */
  readonly costAt: (value: tf.Tensor) => tf.Tensor
  /** the cost at each of `n` other values, `[n, ...S]`, as one number each: `[n]`. All `n` at once, along an axis of the graph. */
  readonly costsAt: (values: tf.Tensor) => tf.Tensor
  /**
   * The cost at a relaxed value, as `cost` and as one number. A gradient flows to the value, and to nothing else: only for an estimator that said with `between` that it can be had.
   */
  readonly costAlong: (value: tf.Tensor) => { readonly parts: tf.Tensor; readonly total: tf.Tensor }
  /** a key of random numbers that are drawn anew with each draw, and independent of it */
  readonly key: (name: string) => Key
}

/** How the variance of a gradient is brought down. */
export type Control = "leave-one-out" | "VIMCO" | "running baseline" | "learned baseline"

/** The particles of a site: how many, and whether the objective mixes them, so that all share one cost. */
export interface Particles {
  readonly count: number
  readonly mixed: boolean
}

/**
 * A way to the gradient of E_q[cost]: the gradient of the loss plus its `surrogate` is an unbiased estimate (but for `straight-through`, whose bias is its price).
 * A `detached` site's draw is a constant for the gradient. `A` is the ability that it needs of a family, and `F` are the families that it is made for.
 */
export interface Estimator<out A extends Gradient = Gradient, in F extends string = never> extends Way<A, F> {
  readonly detached: boolean
  /** whether its draw is made by a generalized reparameterization; `logQ` is then log p of the noise */
  readonly isGeneralized?: true
  /** whether it reads the parameters of the guide's distribution */
  readonly readsParameters?: true
  /** whether it is right for a site, and why or why not; reasons stand in the plan */
  readonly applies: (facts: SiteFacts) => Verdict
  readonly control: (particles: Particles) => Control | undefined
  /** terms for each particle and plate position, of which the values mean nothing and the gradient of their sum is the estimate; none when the path suffices */
  readonly surrogate: (estimand: Estimand) => tf.Tensor | undefined
}

/** The estimator that a distribution asks for by `via`, if it is one. */
export const estimatorOf = (way: Way | undefined): Estimator | undefined =>
  way !== undefined && isEstimator(way) ? way : undefined

const isEstimator = (way: Way): way is Estimator => "applies" in way && typeof way.applies === "function"

/** Whether the loss can be read at other values of a draw, by an estimator made for some families. */
export const byOtherValues = (
  name: string,
  families: ReadonlyArray<string>,
  because: string,
  { guide, otherValues, asked }: SiteFacts
): Verdict => {
  if (!guide.gradients.includes("score")) return lacking(name, guide)
  if (!families.includes(guide.family))
    return {
      applies: false,
      because: `the ${name} estimator is made for ${families.join(", ")}, and the guide is ${guide.family}`,
      lacking: true
    }
  if (otherValues !== undefined) return no(`the ${name} estimator reads the loss at other values: ${otherValues}`)
  return yes(asked ? "asked for" : because)
}
