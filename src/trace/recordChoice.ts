import type * as tf from "@tensorflow/tfjs"
import type { Branch, Way } from "../tensor/branch.ts"
import { sizeOf } from "../tensor/Tensor.ts"
import { filledValues, type Id, leaf, nodeAt } from "./Graph.ts"
import { type BranchScope, type Recording, spread } from "./Recording.ts"
import type { RecordingBackend } from "./RecordingBackend.ts"
import { toTensor } from "./recordRegion.ts"

/**
 * The way through a choice of a program that is being recorded: the nodes of all branches stand in the one graph, and their results are joined by `Select`. So every pass,
 * engine and axis goes on seeing ordinary nodes.
 */
export const recordChoice = (backend: RecordingBackend, predicates: ReadonlyArray<tf.TensorInfo>): Way => {
  const recording = backend.current()
  const around = recording.scope
  const scopes = predicates.map((on): BranchScope => ({ on: recording.idOf(on), around, guards: new Map() }))
  const tensors = (ids: ReadonlyArray<Id>): ReadonlyArray<tf.Tensor> =>
    ids.map((id) => toTensor(backend, id, recording))
  return {
    kind: "all",
    branches: scopes.map((scope) => branchOf(backend, recording, scope)),
    // the last branch is what remains if none of the others is taken
    join: (values) => {
      const ids = values.map((value) => recording.idOf(value))
      const result = recording.inScope(
        around,
        () =>
          ids.reduceRight((others, id, i) => {
            const on = scopes[i]?.on
            return on === undefined ? others : recording.add("Select", [spread(recording, on, id), id, others], {})
          }),
        true
      )
      return tensors([result])[0] as tf.Tensor
    }
  }
}

const branchOf = (backend: RecordingBackend, recording: Recording, scope: BranchScope): Branch => {
  const left: Array<BranchScope | undefined> = []
  const within = <A>(f: () => A): A => recording.inScope(scope, f)
  return {
    within,
    enter: () => {
      left.push(recording.scope)
      recording.scope = scope
    },
    leave: () => {
      recording.scope = left.pop()
    },
    counted: (f, notTaken) => {
      let id = recording.idOf(within(f))
      const other = recording.inScope(undefined, () =>
        notTaken === undefined ? zerosLike(recording, id) : recording.idOf(notTaken())
      )
      for (let each: BranchScope | undefined = scope; each !== undefined; each = each.around) {
        const { on, around }: BranchScope = each
        id = recording.inScope(around, () => recording.add("Select", [spread(recording, on, id), id, other], {}), true)
      }
      return toTensor(backend, id, recording)
    }
  }
}

const zerosLike = (recording: Recording, id: Id): Id => {
  const { shape, dtype } = nodeAt(recording, id)
  return recording.push(leaf.constant(filledValues(dtype, sizeOf(shape), 0), shape, dtype))
}
