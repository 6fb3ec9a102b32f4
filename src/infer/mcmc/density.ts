import * as tf from "@tensorflow/tfjs"
import { Effect, type Scope } from "effect"
import { type FitError, GuideMismatch } from "../../Errors.ts"
import type { Engine, Loop } from "../../engine/Engine.ts"
import { type SimdProgram, simdProgram } from "../../engine/simd/simdProgram.ts"
import { knownSpecial } from "../../engine/simd/write.ts"
import { differentiate } from "../../trace/differentiate.ts"
import { type Graph, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { record } from "../../trace/record.ts"
import { recordAgain } from "../../trace/replay.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { own, paramInput } from "../joint/names.ts"
import { attempt } from "../run/attempt.ts"
import { sizesOf, wholeReading } from "../run/batches.ts"
import { compiled } from "../run/compiled.ts"
import { fixedOf, type Prepared, wholeOf } from "../run/prepared.ts"
import { fromVector, vectorInput } from "../step/fromVector.ts"
import { addAxes } from "../step/trainingLoop.ts"
import type { Target } from "./target.ts"

/** The log density of each chain's vector, and its gradient, one chain after the other. */
export interface Evaluations {
  readonly logDensity: Float32Array
  /** no numbers where densities alone are evaluated */
  readonly gradient: Float32Array
}

export interface Density {
  (vectors: Float32Array): Effect.Effect<Evaluations, FitError>
  /** the same without an effect, where no engine is asked; what it answers is written over by the next call */
  readonly now?: (vectors: Float32Array) => Evaluations
}

/** Whether a sampler follows gradients: without them the graph has no reverse pass. */
export type Evaluates = "density" | "density and gradient"

/** Compiles the log density of as many vectors as there are chains, with its gradient unless told otherwise: one evaluation is one step of the engine. */
export const densityOf = (
  target: Target,
  data: Prepared,
  chains: number,
  evaluates: Evaluates = "density and gradient"
): Effect.Effect<Density, FitError, Engine | Scope.Scope> =>
  Effect.gen(function* () {
    const known = yield* attempt(() => densityGraph(target, data, chains, evaluates))
    const fixed = fixedFor(target, data)
    const here = yield* attempt(() => simdProgram(known, vectorInput, fixed, mostHere))
    if (!("because" in here)) {
      const now = answering(here, chains)
      const density: Density = Object.assign((vectors: Float32Array) => Effect.sync(() => copyOf(now(vectors))), {
        now
      })
      return density
    }
    const graph = yield* attempt(() => simplify(known))
    const names = graph.nodes.flatMap((node) => (node.kernel === "Input" ? [nameOf(node)] : []))
    const loop: Loop = {
      graph,
      carried: {},
      fixed: names.filter((name) => name !== vectorInput),
      rows: {},
      emitted: Object.keys(graph.outputs)
    }
    const bound = Object.fromEntries(loop.fixed.map((name) => [name, own(fixed, name) ?? new Float32Array()]))
    const session = yield* compiled(loop, { state: {}, fixed: bound, tables: {} }, { steps: 100_000 })
    return (vectors) =>
      // an engine may keep what it is given until the call has ended
      Effect.map(session.run(1, { [vectorInput]: vectors.slice() }), (emitted) => ({
        logDensity: (emitted["value"] ?? new Float32Array(chains).fill(Number.NaN)).map((x) => -x),
        gradient: (emitted[gradientOutput] ?? new Float32Array()).map((x) => -x)
      }))
  })

/** The values of the inputs that do not change: the data, and the parameters of a fit. */
export const fixedFor = ({ derived, fixed }: Target, data: Prepared): Readonly<Record<string, Float32Array>> =>
  Object.assign(
    fixedOf(data),
    Object.fromEntries(Object.entries(fixed).map(([name, values]) => [paramInput(name), values])),
    ...derived.loss.plates.map(({ label }) => wholeOf(data, label, 1))
  )

/** Numbers that a call may compute before an engine is as fast (docs/decisions/053-densities-in-webassembly.md). */
const mostHere = 1 << 19

const answering = ({ input, run, outputs }: SimdProgram, chains: number): ((vectors: Float32Array) => Evaluations) => {
  const { value = new Float32Array(chains), [gradientOutput]: slopes = new Float32Array() } = outputs
  const [logDensity, gradient] = [new Float32Array(value.length), new Float32Array(slopes.length)]
  return (vectors) => {
    input.set(vectors)
    run()
    for (let i = 0; i < logDensity.length; i++) logDensity[i] = -(value[i] ?? 0)
    for (let i = 0; i < gradient.length; i++) gradient[i] = -(slopes[i] ?? 0)
    return { logDensity, gradient }
  }
}

const copyOf = ({ logDensity, gradient }: Evaluations): Evaluations => ({
  logDensity: logDensity.slice(),
  gradient: gradient.slice()
})

const gradientOutput = `grad:${vectorInput}`

/** Outputs: the loss of each chain, `[chains]`, and its gradient, `[chains, size]`, if it is asked for. The sum over chains has in each row the gradient of that chain's loss alone. */
export const densityGraph = (
  { derived, layout, still }: Target,
  data: Prepared,
  chains: number,
  evaluates: Evaluates
): Graph => {
  const { loss } = derived
  const readings = loss.plates.map(({ label }) => wholeReading(label, own(data.sizes, label) ?? 1))
  const value = loss.graph.outputs["value"] ?? 0
  const whole = addAxes({ ...loss.graph, outputs: { value } }, loss, sizesOf(readings, 1))
  const random = whole.nodes.find(({ kernel }) => kernel === "Noise")
  if (random !== undefined)
    throw new GuideMismatch({
      site: String(random.attrs["site"]),
      reason: "it is drawn anew at each evaluation, so that there is no density to sample from"
    })
  const axis = { name: "chain", size: chains, inputs: new Set([vectorInput]), sites: new Set<string>() }
  const each = vectorise(fromVector(whole, layout, still), { ...axis, spread: true })
  if (evaluates === "density") return simplify(each, knownSpecial)
  const summed = record((recorder) => {
    const values = recordAgain(recorder, each)
    const loss = values(each.outputs["value"] ?? -1) ?? tf.scalar(Number.NaN)
    return { value: loss, total: tf.sum(loss) }
  })
  const graph = differentiate(summed, "total", [vectorInput])
  const { total: _, ...outputs } = graph.outputs
  return simplify({ ...graph, outputs }, knownSpecial)
}
