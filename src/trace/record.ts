import * as tf from "@tensorflow/tfjs"
import { UnsupportedKernel } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import { type DType, type Graph, type Id, leaf, type Node } from "./Graph.ts"
import type { Recording } from "./Recording.ts"
import { recorderName } from "./RecordingBackend.ts"
import { toTensor } from "./recordRegion.ts"
import { guardCustomGrad, setTapeAside } from "./refuse.ts"
import { recordingBackend } from "./register.ts"

/** The services of the recorder for a program, besides tfjs's own ops. */
export interface Recorder {
  /** an input, whose value is given when the graph runs */
  readonly input: (name: string, shape: Shape, dtype?: DType) => tf.Tensor
  /** the graph recorded so far, for decisions during the recording */
  readonly graph: () => Pick<Graph, "nodes">
  /** appends a node of another graph, whose inputs are nodes of this one */
  readonly push: (node: Node) => Id
  /** the node that made a tensor */
  readonly idOf: (tensor: tf.TensorInfo) => Id
  /** runs a function of the body of a recurrence outside of it */
  readonly outside: <A>(f: () => A) => A
  /** runs a function outside of all recurrences and branches */
  readonly outermost: <A>(f: () => A) => A
  /** in the body of a recurrence: noise is from here on that of the sites of a plate's rows */
  readonly drawAlong: (axis: string) => void
  /** the body of a recurrence that is being recorded, with the nodes outside that it reads: the same at each position, or position by position */
  readonly body: () => Pick<Recording, "nodes" | "captured" | "scanned" | "idOf">
  /** the tensor of a node */
  readonly tensorOf: (id: Id) => tf.Tensor
}

/**
 * Runs `f` on a tfjs backend that computes nothing: each kernel call becomes a node. Afterwards the previous backend is current again, also after an
 * error, and all tensors are freed.
 *
 * @param lines filled with the line of the user's code that made each node, where one did
 * @throws TracedRead, UnsupportedKernel, DuplicateSite
 */
export const record = (
  f: (recorder: Recorder) => Readonly<Record<string, tf.Tensor>>,
  lines?: Map<Id, string>
): Graph => {
  const [instance, before] = [tf.backend(), tf.getBackend()]
  if (before === recorderName)
    throw new UnsupportedKernel({
      kernel: "record",
      during: "another program is being recorded",
      advice: "Recordings do not nest."
    })
  const backend = recordingBackend()
  const recording = backend.begin(undefined, lines)
  const restoreCustomGrad = guardCustomGrad()
  const restoreTape = setTapeAside()
  makeCurrent(recorderName, backend)
  try {
    let outputs: Record<string, Id> = {}
    tf.tidy(() => {
      const results = f({
        input: (name, shape, dtype) => toTensor(backend, recording.push(leaf.input(name, shape, dtype)), recording),
        graph: () => recording,
        push: (node) => recording.push(node),
        idOf: (tensor) => recording.idOf(tensor),
        outside: (f) => backend.around(f),
        outermost: (f) => backend.outermost(() => recording.inScope(undefined, f)),
        drawAlong: (axis) => {
          backend.current().drawnAlong = axis
        },
        body: () => backend.current(),
        tensorOf: (id) => toTensor(backend, id, recording)
      })
      outputs = Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, recording.idOf(tensor)]))
    })
    return { nodes: recording.nodes, outputs }
  } finally {
    restoreCustomGrad()
    restoreTape()
    backend.end()
    makeCurrent(before, instance)
  }
}

/**
 * Makes a backend current whose kernels are ready. `tf.setBackend` does the same, and looks through the thousand kernels of all backends for what
 * each must be set up with, which takes longer than the recording of a small program.
 */
const makeCurrent = (name: string, instance: tf.KernelBackend): void => {
  const engine = tf.engine()
  engine.backendName = name
  Reflect.set(engine, "backendInstance", instance)
}
