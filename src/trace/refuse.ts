import * as tf from "@tensorflow/tfjs"
import { TracedRead, UnsupportedKernel } from "../Errors.ts"
import { userLine } from "./userLine.ts"

/** Errors for things that a program must not do while it is recorded, with the line of the user's code. */
export const unsupported = (kernel: string, advice: string): UnsupportedKernel => {
  const line = userLine()
  return new UnsupportedKernel({
    kernel,
    during: "a program is being recorded",
    advice,
    ...(line === undefined ? {} : { line })
  })
}

export const traced = (): TracedRead => {
  const line = userLine()
  return new TracedRead(line === undefined ? {} : { line })
}

const opSuffix = "__op"
const randomOps = new Set([
  "randomNormal",
  "randomUniform",
  "randomUniformInt",
  "truncatedNormal",
  "randomGamma",
  "randomStandardNormal",
  "multinomial",
  "dropout"
])

/** The random tfjs op that the program is calling now, if any: tfjs names a scope after each op. */
export const randomScope = (): string | undefined => {
  const scopes: ReadonlyArray<{ readonly name: string }> = tf.engine().state.scopeStack
  return scopes.map((scope) => scope.name.replace(opSuffix, "")).find((name) => randomOps.has(name))
}

/**
 * A gradient that a program declares with `tf.customGrad` is not part of the kernels that it runs, and would be lost silently. So it is refused.
 * tfjs's own two uses (logSoftmax, logSigmoid) declare the true gradient of their kernels and are allowed.
 */
export const guardCustomGrad = (): (() => void) => {
  const engine = tf.engine()
  const original = engine.customGrad
  engine.customGrad = (f) => {
    if (engine.state.activeScope?.name.endsWith(opSuffix) === true) return original.bind(engine)(f)
    throw unsupported("tf.customGrad", "The declared gradient would be lost. Write the function with tfjs ops alone.")
  }
  return () => {
    engine.customGrad = original
  }
}

/**
 * Puts tfjs's tape aside: a special function may be recorded while a gradient is being computed. Returns what brings it back, and frees the tensors that
 * a gradient function saved meanwhile, which tfjs does not do if that function throws.
 */
export const setTapeAside = (): (() => void) => {
  const { state } = tf.engine()
  const before = state.activeTape
  state.activeTape = []
  return () => {
    for (const { saved = [] } of state.gradientDepth > 0 ? [] : (state.activeTape ?? [])) tf.dispose(saved)
    state.activeTape = before
  }
}
