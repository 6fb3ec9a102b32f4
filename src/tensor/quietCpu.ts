import * as tf from "@tensorflow/tfjs"

/**
 * On its first use in Node, tfjs's cpu backend prints an advertisement of tfjs-node, among what a program has to say. Here each such backend is told that its first use is over:
 * one that is there, or those that are still to be made.
 */
const told = (backend: tf.KernelBackend): tf.KernelBackend => {
  Reflect.set(backend, "firstUse", false)
  return backend
}

if (Object.hasOwn(tf.engine().registry, "cpu")) told(tf.findBackend("cpu"))
else {
  const factory = tf.findBackendFactory("cpu")
  tf.removeBackend("cpu")
  tf.registerBackend("cpu", () => told(factory() as tf.KernelBackend), 1)
}
