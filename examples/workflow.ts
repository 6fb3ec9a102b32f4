// A fit as a workflow of Effect that survives its process: killed at any moment and executed again with the same payload, it goes on from its checkpoint and ends with the same numbers, to the last digit.
//
//     node build/examples/workflow.js out/weights.safetensors 400
//
// The engine of workflows used here keeps its journal in memory, so a new process begins the workflow again: what the fit has done is in the checkpoint. A durable engine (ClusterWorkflowEngine) also
// keeps the results of finished activities, and executes workflows again by itself.
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { Activity, Workflow, WorkflowEngine } from "effect/workflow"
import type { Tensor } from "../src/index.ts"
import {
  Data,
  dot,
  Engine,
  HalfNormal,
  LogNormal,
  Normal,
  observe,
  param,
  plate,
  program,
  sample
} from "../src/index.ts"

const weights = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(2))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("rows", (row: { readonly x: Tensor<readonly [2]> }) => observe("y", Normal(dot(row.x, w), sigma)))
}).guide(() => ({
  w: Normal(param("loc", [2]), param.positive("scale", [2])),
  sigma: LogNormal(param("sigma.loc", -1), param.positive("sigma.scale", 0.1))
}))

// y = 2 sin(i) − cos(3i) with a regular error, for 60 rows
const xs = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(3 * i)] as const)
const ys = xs.map(([a, b], i) => 2 * a - b + 0.3 * Math.sin(100 * i))
const data = { rows: { x: Data.of(xs, [2]), y: Data.of(ys, []) } }

/** One execution a path: executed twice with the same payload, it runs once. */
const Learn = Workflow.make("Learn", {
  payload: { path: Schema.String, epochs: Schema.Int },
  success: Schema.Struct({ loss: Schema.Number, weights: Schema.Array(Schema.Number) }),
  error: Schema.String,
  idempotencyKey: ({ path, epochs }) => `${path} ${epochs}`
})

const learn = Learn.toLayer(({ path, epochs }) =>
  Effect.gen(function* () {
    // `resume` goes on from the checkpoint where there is one, and begins where there is none
    const loss = yield* Activity.make({
      name: "fit",
      success: Schema.Number,
      error: Schema.String,
      execute: weights
        .fit(data, { epochs, batchSize: 16, learningRate: 0.02, seed: 1, checkpoint: { path, every: 1 }, resume: true })
        .pipe(
          Effect.map(({ history }) => history.at(-1)?.train ?? Number.NaN),
          Effect.mapError(({ message }) => message)
        )
    })
    const means = yield* Activity.make({
      name: "read the weights",
      success: Schema.Array(Schema.Number),
      error: Schema.String,
      execute: weights.load(path).pipe(
        Effect.map((fitted) => [...fitted.parameter("loc")]),
        Effect.mapError(({ message }) => message)
      )
    })
    return { loss, weights: means }
  })
)

const [path = "out/weights.safetensors", epochs = "400"] = process.argv.slice(2)
mkdirSync(dirname(path), { recursive: true })
const workflows = learn.pipe(Layer.provideMerge(WorkflowEngine.layerMemory), Layer.provide(Engine.auto))
const result = await Effect.runPromise(Learn.execute({ path, epochs: Number(epochs) }).pipe(Effect.provide(workflows)))
console.log(JSON.stringify(result))
