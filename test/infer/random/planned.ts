import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { Dataset } from "../../../src/data/Dataset.ts"
import { noiseName } from "../../../src/engine/Engine.ts"
import { runGraph } from "../../../src/engine/runGraph.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { derive } from "../../../src/infer/fit/derive.ts"
import { elbo } from "../../../src/infer/objective/elbo.ts"
import type { Plan } from "../../../src/infer/plan/Plan.ts"
import { batchPlan, feeder, isWhole, sizesOf } from "../../../src/infer/run/batches.ts"
import { prepare, shapesOf } from "../../../src/infer/run/prepared.ts"
import { readingsOf } from "../../../src/infer/run/Training.ts"
import { addAxes, gatherRows } from "../../../src/infer/step/trainingLoop.ts"
import type { Guided } from "../../../src/model/Guided.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import { nameOf, noiseLabel, type Values } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { families } from "./families.ts"
import type { Expr, RandomDist, RandomProgram, RandomSite } from "./generate.ts"
import { ops } from "./ops.ts"

interface Scope {
  readonly draws: Readonly<Record<string, tf.Tensor>>
  readonly row: Readonly<Record<string, tf.Tensor>>
}

const valueOf = (expr: Expr, params: ReadonlyArray<number>, scope: Scope): tf.Tensor => {
  switch (expr.kind) {
    case "draw":
      return tf.cast(scope.draws[expr.site] ?? tf.scalar(Number.NaN), "float32")
    case "param":
      return param(`p${expr.index}`, params[expr.index] ?? 0)
    case "row param":
      return param.row("r", 0.3)
    case "covariate":
      return scope.row["x"] ?? tf.scalar(Number.NaN)
    case "constant":
      return tf.scalar(expr.value)
    case "op": {
      const op = ops[expr.op]
      if (op === undefined) throw new RangeError(`no op ${expr.op}`)
      return op.tf(...expr.inputs.map((input) => valueOf(input, params, scope)))
    }
  }
}

/** A random program as a user would write it. */
const guidedOf = ({ params, globals, locals, likelihood }: RandomProgram): Guided => {
  const distOf = ({ family, parameters }: RandomDist, scope: Scope) => {
    const known = families[family]
    if (known === undefined) throw new RangeError(`no family ${family}`)
    return known.dist(parameters.map((each) => valueOf(each, params, scope)))
  }
  const drawn = function* (sites: ReadonlyArray<RandomSite>, role: "prior" | "guide", scope: Scope) {
    const draws: Record<string, tf.Tensor> = { ...scope.draws }
    for (const site of sites)
      draws[site.name] = (yield* sample(site.name, distOf(site[role], { ...scope, draws }))) as tf.Tensor
    return draws
  }
  const model = Effect.gen(function* () {
    const outer = yield* drawn(globals, "prior", { draws: {}, row: {} })
    yield* plate("rows", (row: Record<string, tf.Tensor>) =>
      Effect.gen(function* () {
        const draws = yield* drawn(locals, "prior", { draws: outer, row })
        yield* observe("y", distOf(likelihood, { draws, row }))
      })
    )
  })
  const guide = () =>
    Effect.gen(function* () {
      const outer = yield* drawn(globals, "guide", { draws: {}, row: {} })
      if (locals.length === 0) return
      yield* plate("rows", (row: Record<string, tf.Tensor>) =>
        Effect.gen(function* () {
          yield* drawn(locals, "guide", { draws: outer, row })
        })
      )
    })
  return { model, guide: { kind: "program", make: guide } } as never as Guided
}

/** Estimates of a gradient, one a step, by parameter and number. */
export interface Planned {
  readonly plan: Plan
  readonly rowParams: ReadonlyArray<number>
  readonly run: (steps: number, seed: number) => Readonly<Record<string, ReadonlyArray<ReadonlyArray<number>>>>
}

/**
 * A program's gradient as a fit would estimate it: recorded, planned, vectorised and differentiated; run on tfjs's cpu backend.
 *
 * @throws the typed errors of a plan
 */
export const planned = (
  program: RandomProgram,
  particles: number,
  estimators: Readonly<Record<string, Estimator>> = {}
): Planned => {
  const { rows, batch, params } = program
  const data = prepare({
    rows: {
      x: Dataset.of(
        rows.map(({ x }) => x),
        []
      ),
      y: Dataset.of(
        rows.map(({ y }) => y),
        []
      )
    }
  } as never)
  const { loss, decisions } = derive(guidedOf(program), shapesOf(data), {
    particles,
    objective: elbo,
    per: "total",
    estimators
  })
  const readings = readingsOf(loss, data, batch, "total").map((reading) => ({ ...reading, shuffle: !isWhole(reading) }))
  const sizes = sizesOf(readings, particles)
  const names = loss.parameters.map(({ name }) => `param:${name}`)
  const whole = gatherRows(addAxes(loss.graph, loss, sizes), loss.parameters, sizes)
  const graph = simplify(differentiate(whole, "loss", names))
  const wanted = names.map((name) => `grad:${name}`).filter((name) => name in graph.outputs)
  const isRow = loss.parameters.some(({ name }) => name === "r")
  const rowParams = isRow ? rows.map(() => 0.3) : []
  const run: Planned["run"] = (steps, seed) => {
    const feed = feeder(batchPlan(seed, readings), graph)
    const found: Record<string, Array<ReadonlyArray<number>>> = {}
    for (let step = 0; step < steps; step++) {
      const feeds = feed(step, 1)
      tf.tidy(() => {
        const indices = feeds["indices:rows"] ?? Int32Array.of()
        const leaves: Record<string, tf.Tensor> = {}
        for (const node of graph.nodes) {
          if (node.kernel === "Noise") {
            const name = noiseName(noiseLabel(node), String(node.attrs["law"]))
            leaves[name] ??= tensor(feeds[name], node.shape)
          }
          if (node.kernel !== "Input") continue
          const name = nameOf(node)
          const field = name.startsWith("data:rows/") ? (name.slice(10) as "x" | "y") : undefined
          if (name in leaves) continue
          if (field !== undefined)
            leaves[name] = tensor(
              Float32Array.from(indices, (i) => rows[i]?.[field] ?? Number.NaN),
              node.shape
            )
          else if (name === "param:r") leaves[name] = tensor(Float32Array.from(rowParams), node.shape)
          else if (name.startsWith("param:p"))
            leaves[name] = tensor(Float32Array.of(params[Number(name.slice(7))] ?? Number.NaN), node.shape)
          else leaves[name] = tensor(feeds[name], node.shape, node.dtype)
        }
        for (const [name, value] of Object.entries(runGraph(graph, leaves, wanted))) {
          const key = name.slice("grad:param:".length)
          found[key] = [...(found[key] ?? []), Array.from(value.dataSync())]
        }
      })
    }
    return found
  }
  return { plan: decisions.plan, rowParams, run }
}

const tensor = (
  values: Values | undefined,
  shape: ReadonlyArray<number>,
  dtype?: tf.NumericDataType | "bool"
): tf.Tensor => {
  if (values === undefined) throw new RangeError("a leaf has no value")
  return tf.tensor(values, [...shape], dtype ?? "float32")
}
