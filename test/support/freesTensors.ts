import * as tf from "@tensorflow/tfjs"
import { afterEach, beforeEach, expect } from "vitest"

/** Runs each test of a file on tfjs's cpu backend in a scope of its own, and holds that no tensor outlives it. */
export const freesTensors = (): void => {
  let tensors = 0
  beforeEach(async () => {
    await tf.setBackend("cpu")
    tensors = tf.memory().numTensors
    tf.engine().startScope()
  })
  afterEach(() => {
    tf.engine().endScope()
    expect(tf.memory().numTensors).toBe(tensors)
  })
}
