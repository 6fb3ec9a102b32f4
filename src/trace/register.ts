import * as tf from "@tensorflow/tfjs"
import { choiceKernel, type Way } from "../tensor/branch.ts"
import { desugared, type Emit } from "./desugar.ts"
import { nodeAt } from "./Graph.ts"
import { kernels } from "./kernels/index.ts"
import { RecordingBackend, recorderName } from "./RecordingBackend.ts"
import { recordChoice } from "./recordChoice.ts"
import { recordScan } from "./recordScan.ts"
import { unsupported } from "./refuse.ts"

let registered: RecordingBackend | undefined

/** Registers the backend on first use: a kernel for each row of the table, and an error for every other kernel of tfjs. */
export const recordingBackend = (): RecordingBackend => {
  if (registered !== undefined) return registered
  const backend = new RecordingBackend()
  registered = backend
  tf.registerBackend(recorderName, () => backend, -1)
  tf.findBackend(recorderName)
  const register = (kernelName: string, kernelFunc: tf.KernelFunc): void =>
    tf.registerKernel({ kernelName, backendName: recorderName, kernelFunc })

  register("Identity", ({ inputs }) => {
    const x = inputs["x"]
    if (x === undefined) throw new RangeError("Identity takes one input")
    backend.current().idOf(x)
    backend.incRef(x.dataId)
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
  })
  register("Recurrence", ({ inputs, attrs }) => backend.infoOf(recordScan(backend, inputs, attrs)))
  register(choiceKernel, ({ inputs, attrs }) => {
    const predicates = Object.values(inputs) as ReadonlyArray<tf.TensorInfo>
    const { give } = attrs as unknown as { readonly give: (way: Way) => void }
    give(recordChoice(backend, predicates))
    return []
  })
  register("AtPosition", ({ inputs, attrs }) => {
    const x = inputs["x"]
    if (x === undefined) throw new RangeError("AtPosition takes one input")
    return backend.infoOf(backend.current().readAcross(x, attrs ?? {}))
  })
  register("Noise", ({ attrs }) => backend.infoOf(backend.current().drawNoise(attrs ?? {})))

  for (const [kernel, row] of Object.entries(kernels)) {
    register(kernel, ({ inputs, attrs }) => {
      const given = row.inputs === undefined ? Object.values(inputs) : row.inputs.map((name) => inputs[name])
      const ids = given.flatMap((input) => (input === undefined ? [] : [backend.current().idOf(input)]))
      return backend.infoOf(backend.current().add(kernel, ids, attrs ?? {}))
    })
  }
  const emit: Emit = {
    add: (kernel, inputs, attrs = {}) => backend.current().add(kernel, inputs, attrs),
    constant: (values, shape, dtype) => backend.current().constant(values, shape, dtype),
    info: (id) => nodeAt(backend.current(), id)
  }
  for (const [kernel, expandKernel] of Object.entries(desugared)) {
    register(kernel, ({ inputs, attrs }) => {
      const ids = Object.values(inputs)
        .flatMap((input) => (input === undefined ? [] : [input]))
        .flat()
        .map((input) => backend.current().idOf(input))
      const results = expandKernel(emit, ids, attrs ?? {}).map((id) => backend.infoOf(id))
      const [single] = results
      return results.length === 1 && single !== undefined && !manyOutputs.has(kernel) ? single : results
    })
  }
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (tf.getKernel(kernelName, recorderName) !== undefined) continue
    register(kernelName, () => {
      throw unsupported(
        kernelName,
        "Write it with elementwise ops, reductions, matMul, gather, concat, slice, pad or where."
      )
    })
  }
  return backend
}

const manyOutputs = new Set(["SplitV", "Unpack"])
