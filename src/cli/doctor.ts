import * as tf from "@tensorflow/tfjs"
import { Effect, type Layer, Result } from "effect"
import type { EngineUnavailable } from "../Errors.ts"
import { Engine } from "../engine/Engine.ts"
import { layers } from "../engine/layers.ts"
import { bfloat16OnCpu } from "../engine/precision.ts"
import { leaf } from "../trace/Graph.ts"

/** The findings, to be printed, and whether a model can be fitted here at all. */
export interface Diagnosis {
  readonly text: string
  readonly anyWorks: boolean
}

type Source = Layer.Layer<Engine, EngineUnavailable>

/** The version of an engine; eager engines have tfjs's version. */
const engines: ReadonlyArray<readonly [name: string, source: Source, version?: string]> = [
  ["tensorflow", layers.tensorflow],
  ["onnx", layers.onnx],
  ["onnx-web", layers.onnxWeb],
  ["eager (wasm)", layers.eagerOn("wasm"), `tfjs ${tf.version.tfjs}, wasm backend`],
  ["eager (cpu)", layers.eagerOn("cpu"), `tfjs ${tf.version.tfjs}, cpu backend (slow: for trying things out)`]
]

/** Runs a computation on each engine, and reports for each whether it works, its version, and advice if it does not. */
export const doctor: Effect.Effect<Diagnosis> = Effect.gen(function* () {
  const found = yield* Effect.forEach(engines, ([name, source, version]) =>
    Effect.map(Effect.result(examine(source)), (result) => ({ name, version, result }))
  )
  const auto = yield* Effect.result(Effect.provide(Engine, layers.auto))
  const bfloat16 = yield* Effect.result(
    Effect.andThen(
      bfloat16OnCpu,
      Effect.provide(
        Effect.flatMap(Engine, (engine) => engine.bfloat16),
        layers.tensorflow
      )
    )
  )
  const lines = found.flatMap(({ name, version, result }) =>
    Result.isSuccess(result)
      ? [`  works      ${name.padEnd(14)}${version ?? result.success}`]
      : [`  is missing ${name.padEnd(14)}${result.failure.reason}`, `${" ".repeat(27)}${result.failure.advice}`]
  )
  return {
    text: [
      `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
      ...lines,
      Result.isSuccess(bfloat16)
        ? "bfloat16 (the option precision): Engine.tensorflow has it here."
        : `No bfloat16 (the option precision): ${bfloat16.failure.message}`,
      Result.isSuccess(auto) ? `Engine.auto takes: ${auto.success.name}` : "Engine.auto finds no engine."
    ].join("\n"),
    anyWorks: found.some(({ result }) => Result.isSuccess(result))
  }
})

/** Doubles a number on an engine. */
const examine = (source: Source): Effect.Effect<string, { readonly reason: string; readonly advice: string }> =>
  Effect.scoped(
    Effect.gen(function* () {
      const engine = yield* Engine
      const session = yield* engine.compile(doubling, { state: {}, fixed: {}, tables: {} }, { steps: 1 })
      const { twice } = yield* session.run(1, { x: Float32Array.of(21) })
      return twice?.[0] === 42
        ? engine.because
        : yield* Effect.fail({ reason: `it says that 2 · 21 = ${twice?.[0]}`, advice: "Please report this." })
    })
  ).pipe(
    Effect.provide(source),
    Effect.catchTag("UnsupportedKernel", ({ message }) =>
      Effect.fail({ reason: message, advice: "Please report this." })
    ),
    Effect.catchDefect((defect) => Effect.fail({ reason: String(defect), advice: "Please report this." }))
  )

const doubling = {
  graph: {
    nodes: [
      leaf.input("x", []),
      { kernel: "Add", inputs: [0, 0], names: ["a", "b"], attrs: {}, shape: [], dtype: "float32" as const }
    ],
    outputs: { twice: 1 }
  },
  carried: {},
  fixed: [],
  rows: {},
  emitted: ["twice"]
}
