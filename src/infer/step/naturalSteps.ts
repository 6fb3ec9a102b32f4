import * as tf from "@tensorflow/tfjs"
import { polygamma } from "../../tensor/special/gamma.ts"
import type { Parameter } from "../joint/Joint.ts"

/*
 * One step of natural gradient descent for each family: λ ← λ − ρ F(λ)⁻¹ ∇L, with λ the natural parameters and F their Fisher information, the second derivative of the log normaliser (Amari 1998; Hoffman,
 * Blei, Wang and Paisley 2013, section 2.3). F(λ)⁻¹ ∇L is also the gradient by the mean parameters (Khan and Lin 2017). If the posterior is a member of the family, a step ρ = 1 by an exact gradient ends in it.
 *
 * A step is written in the parameters by which the family is given here. Those of support `positive` come as positive numbers, all others as the real numbers that are trained.
 */

type Tensors = ReadonlyArray<tf.Tensor>

export interface NaturalStep {
  /** the parameters that it moves, with the supports of the trained values that may stand for them */
  readonly parameters: Readonly<Record<string, Parameter["support"]>>
  /** whether a value is the place of one of its parameter's numbers, along the last dimension */
  readonly isLabel?: boolean
  /** the parameters after the step, from those before it, the gradients by them, and ρ */
  readonly step: (parameters: Tensors, gradients: Tensors, rate: tf.Tensor) => Tensors
}

/**
 * A number above 0 after a step: the sum where that is above 0, otherwise the same with the second order term that keeps it there (Lin, Schmidt and Khan 2020, "Handling the positive-definite constraint in the
 * Bayesian learning rule").
 */
const keptPositive = (value: tf.Tensor, change: tf.Tensor): tf.Tensor => {
  const x = tf.div(change, value)
  const linear = tf.add(1, x)
  const curved = tf.add(linear, tf.mul(0.5, tf.square(x)))
  return tf.mul(value, tf.where(tf.greater(linear, 0), linear, curved))
}

const two = ([a, b]: Tensors): readonly [tf.Tensor, tf.Tensor] => {
  if (a === undefined || b === undefined) throw new RangeError("a natural gradient lacks one of two parameters")
  return [a, b]
}
const one = ([a]: Tensors): tf.Tensor => {
  if (a === undefined) throw new RangeError("a natural gradient lacks its parameter")
  return a
}
const trigamma = (x: tf.Tensor): tf.Tensor => polygamma(1, x)

/** The precision p = 1/s² becomes p + 2ρ ∂L/∂s², then m becomes m − ρ/p ∂L/∂m (Khan and Lin 2017, equations 11 and 12). */
const normal: NaturalStep = {
  parameters: { loc: "real", scale: "positive" },
  step: (parameters, gradients, rate) => {
    const [[loc, scale], [byLoc, byScale]] = [two(parameters), two(gradients)]
    const precision = keptPositive(tf.div(1, tf.square(scale)), tf.mul(rate, tf.div(byScale, scale)))
    return [tf.sub(loc, tf.mul(rate, tf.div(byLoc, precision))), tf.rsqrt(precision)]
  }
}

/** With α and β for shape and rate, F = [[ψ′(α), −1/β], [−1/β, α/β²]], whose determinant is (α ψ′(α) − 1)/β². */
const gamma = (second: "rate" | "scale"): NaturalStep => ({
  parameters: { concentration: "positive", [second]: "positive" },
  step: (parameters, gradients, rate) => {
    const [[a, b], [byA, byB]] = [two(parameters), two(gradients)]
    const determinant = tf.sub(tf.mul(a, trigamma(a)), 1)
    const changeA = tf.div(tf.add(tf.mul(a, byA), tf.mul(b, byB)), determinant)
    const changeB = tf.div(tf.add(tf.mul(b, byA), tf.mul(tf.mul(tf.square(b), trigamma(a)), byB)), determinant)
    return [keptPositive(a, tf.neg(tf.mul(rate, changeA))), keptPositive(b, tf.neg(tf.mul(rate, changeB)))]
  }
})

/** F = diag(ψ′(α)) − ψ′(Σ α) 11ᵀ along the last dimension, inverted by the formula of Sherman and Morrison. */
const byDirichlet = (a: tf.Tensor, byA: tf.Tensor, rate: tf.Tensor): tf.Tensor => {
  const each = trigamma(a)
  const all = trigamma(tf.sum(a, -1, true))
  const scaled = tf.div(byA, each)
  const shared = tf.div(
    tf.mul(all, tf.sum(scaled, -1, true)),
    tf.sub(1, tf.mul(all, tf.sum(tf.div(1, each), -1, true)))
  )
  return keptPositive(a, tf.neg(tf.mul(rate, tf.add(scaled, tf.div(shared, each)))))
}

const dirichlet: NaturalStep = {
  parameters: { concentration: "positive" },
  step: (parameters, gradients, rate) => [byDirichlet(one(parameters), one(gradients), rate)]
}

/** A Dirichlet distribution of two numbers. */
const beta: NaturalStep = {
  parameters: { concentration1: "positive", concentration0: "positive" },
  step: (parameters, gradients, rate) => {
    const [a, g] = [tf.stack([...two(parameters)], -1), tf.stack([...two(gradients)], -1)]
    return tf.unstack(byDirichlet(a, g, rate), -1)
  }
}

/** The log odds are the natural parameter, F = p(1 − p). */
const bernoulli: NaturalStep = {
  parameters: { logits: "real" },
  step: (parameters, gradients, rate) => {
    const logits = one(parameters)
    const fisher = tf.mul(tf.sigmoid(logits), tf.sigmoid(tf.neg(logits)))
    return [tf.sub(logits, tf.mul(rate, tf.div(one(gradients), fisher)))]
  }
}

/** F = diag(p) − p pᵀ; a gradient by logits adds up to 0, and g/p is its inverse image. */
const categorical: NaturalStep = {
  parameters: { logits: "real" },
  step: (parameters, gradients, rate) => {
    const logits = one(parameters)
    return [tf.sub(logits, tf.mul(rate, tf.div(one(gradients), tf.softmax(logits))))]
  }
}

/** log r is the natural parameter, F = r, and ∂L/∂log r = r ∂L/∂r. */
const poisson: NaturalStep = {
  parameters: { rate: "positive" },
  step: (parameters, gradients, rate) => [tf.mul(one(parameters), tf.exp(tf.neg(tf.mul(rate, one(gradients)))))]
}

/** F = 1/r² */
const exponential: NaturalStep = {
  parameters: { rate: "positive" },
  step: (parameters, gradients, rate) => {
    const r = one(parameters)
    return [keptPositive(r, tf.neg(tf.mul(rate, tf.mul(tf.square(r), one(gradients)))))]
  }
}

/** The step of each family that has one. */
export const naturalSteps: Readonly<Record<string, NaturalStep>> = {
  ...{ Normal: normal, LogNormal: normal, Gamma: gamma("rate"), InverseGamma: gamma("scale"), Beta: beta },
  ...{
    Dirichlet: dirichlet,
    Bernoulli: bernoulli,
    Categorical: { ...categorical, parameters: { unnormalisedLogits: "real" }, isLabel: true },
    OneHotCategorical: categorical
  },
  ...{ Poisson: poisson, Exponential: exponential }
}
