import * as tf from "@tensorflow/tfjs"
import { type Id, nodeAt } from "./Graph.ts"
import { type Around, Recording } from "./Recording.ts"
import { randomScope, traced, unsupported } from "./refuse.ts"

export const recorderName = "latent-recorder"

/** The tfjs backend that records: it stores the index of a node in place of numbers. */
export class RecordingBackend extends tf.KernelBackend {
  /** the recording, with those of the bodies in which it is now */
  private readonly recordings: Array<Recording> = []
  private readonly references = new Map<object, number>()

  begin(around?: Around, lines?: Map<Id, string>): Recording {
    const recording = new Recording(around, lines)
    this.recordings.push(recording)
    return recording
  }

  end(): void {
    this.recordings.pop()
  }

  /** Runs `f` in the recording around the present body. */
  around<A>(f: () => A): A {
    const body = this.recordings.pop()
    try {
      return f()
    } finally {
      if (body !== undefined) this.recordings.push(body)
    }
  }

  /** Runs `f` in the recording around all bodies. */
  outermost<A>(f: () => A): A {
    const bodies = this.recordings.splice(1)
    try {
      return f()
    } finally {
      this.recordings.push(...bodies)
    }
  }

  current(): Recording {
    const recording = this.recordings.at(-1)
    if (recording === undefined)
      throw unsupported(recorderName, "A traced tensor was used after its recording had ended.")
    return recording
  }

  infoOf(id: Id, recording: Recording = this.current()): tf.TensorInfo {
    const { shape, dtype } = nodeAt(recording, id)
    const dataId = {}
    recording.name(dataId, id)
    this.references.set(dataId, 1)
    return { dataId, shape: [...shape], dtype }
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const random = randomScope()
    if (random !== undefined) {
      throw unsupported(
        random,
        "Numbers drawn outside of a site would be frozen into the program. Draw them with sample(name, …), or from a Key."
      )
    }
    return this.infoOf(this.current().constant(values, shape, dtype)).dataId
  }

  override readSync(): never {
    throw traced()
  }

  override read(): never {
    throw traced()
  }

  override incRef(dataId: object): void {
    this.references.set(dataId, this.refCount(dataId) + 1)
  }

  private decRef(dataId: object): void {
    this.references.set(dataId, this.refCount(dataId) - 1)
  }

  override refCount(dataId: object): number {
    return this.references.get(dataId) ?? 0
  }

  override disposeData(dataId: object, force = false): boolean {
    this.decRef(dataId)
    if (!force && this.refCount(dataId) > 0) return false
    this.references.delete(dataId)
    return true
  }

  override numDataIds(): number {
    return this.references.size
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override timerAvailable(): boolean {
    return false
  }

  override dispose(): void {
    this.references.clear()
  }
}
