import * as tf from "@tensorflow/tfjs"
import type { Shape } from "../tensor/Tensor.ts"
import { mapValues } from "./build.ts"
import { type DType, type Graph, type Id, leaf } from "./Graph.ts"
import type { Around, Recording } from "./Recording.ts"
import { RecordingBackend, recorderName } from "./RecordingBackend.ts"

/** Adds an input to the graph that is being recorded. */
type Input = (name: string, shape: Shape, dtype?: DType) => tf.Tensor

/** The body of a recurrence, and the values that it reads from the recording around it. */
export interface Region {
  readonly graph: Graph
  readonly captured: ReadonlyArray<Id>
  /** noise for all positions, read position by position, after the other inputs of this kind */
  readonly noise: ReadonlyArray<Id>
}

/**
 * Records a body inside of a recording: once, for one position. Values of the recording around it become its inputs.
 *
 * @param around the recording around the body; left out if the body reads nothing from outside
 */
export const recordRegion = (
  around: Omit<Around, "recording"> | undefined,
  f: (input: Input) => Readonly<Record<string, tf.Tensor>>
): Region => {
  const backend = tf.findBackend(recorderName)
  if (!(backend instanceof RecordingBackend)) throw new RangeError("nothing is being recorded")
  const { state } = tf.engine()
  const tape = state.activeTape
  const recording = backend.begin(around === undefined ? undefined : { ...around, recording: backend.current() })
  try {
    const results = f((name, shape, dtype) =>
      toTensor(backend, recording.push(leaf.input(name, shape, dtype)), recording)
    )
    const outputs = mapValues(results, (tensor) => recording.idOf(tensor))
    return {
      graph: { nodes: recording.nodes, outputs },
      captured: recording.captured,
      noise: recording.scanned
    }
  } finally {
    backend.end()
    state.activeTape = tape
  }
}

/** The tensor of a node of a recording. */
export const toTensor = (backend: RecordingBackend, id: Id, recording: Recording): tf.Tensor =>
  tf.engine().makeTensorFromTensorInfo(backend.infoOf(id, recording), backend)
