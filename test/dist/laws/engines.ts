import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { prepare } from "../../../src/engine/backend.ts"
import type { Arrays } from "../../../src/engine/Engine.ts"
import { layers } from "../../../src/engine/layers.ts"
import { leafName } from "../../../src/engine/leaves.ts"
import { fill, Key, type NoiseDistribution } from "../../../src/tensor/random.ts"
import { sizeOf, Tensor } from "../../../src/tensor/Tensor.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import type { Graph } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { record } from "../../../src/trace/record.ts"
import { nativeIsSetUp } from "../../engine/engines.ts"
import { distance, nothing, pure, runOnce, type Source } from "../../engine/harness.ts"
import { formsOf, tidied } from "./evaluate.ts"
import { flat, freeNames, given, type Row, type Setting, shapeOf, someSettings } from "./Row.ts"

/** `onnx-web` lowers graphs as `onnx` does, and `kernels.test.ts` compares the two. */
const others: ReadonlyArray<readonly [string, Source]> = [
  ["onnx", layers.onnx],
  ["eager on wasm", layers.eagerOn("wasm")],
  ...(nativeIsSetUp ? [["tensorflow", layers.tensorflow] as const] : [])
]

const copies = 8

/** What holds of a recorded distribution: every engine computes the same. */
export const engineLaws = <P extends Setting>(row: Row<P>): void => {
  // turns of one graph: settings that give the same parameters, with the same fixed ones
  const all = someSettings(row, 20)
  const kindOf = (setting: P): string =>
    JSON.stringify([Object.keys(setting), ...(row.fixed ?? []).map((name) => setting[name])])
  const settings = all.filter((each) => kindOf(each) === kindOf(all[0] as P)).slice(0, 3)
  beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

  const common = once(async () => {
    const graph = graphOf(row, settings[0] as P)
    const feeds = feedsOf(row, settings, graph)
    const results = (source: Source): Promise<Arrays> => runOnce(source, pure(graph), nothing, settings.length, feeds)
    return { results, reference: await results(layers.eagerOn("cpu")) }
  })

  it.each(others)(
    "gives on %s what tfjs's cpu kernels give: densities, gradients, draws, moments",
    async (_, engine) => {
      const { results, reference } = await common()
      const here = await results(engine)
      expect(Object.keys(here)).toEqual(expect.arrayContaining(["logDensity", "draw", "mean"]))
      // kernels agree to 2e-6 of 1 + |value|; a graph is some tens of them
      for (const [name, values] of Object.entries(here))
        expect(distance(values, reference[name]), `${name}: ${values}, not ${reference[name]}`).toBeLessThan(5e-5)
    }
  )
}

/** The graph and what the reference gives of it are the same for all engines. */
const once = <A>(f: () => Promise<A>): (() => Promise<A>) => {
  let known: Promise<A> | undefined
  return () => (known ??= f())
}

/** Everything that a distribution of given parameters computes, and the gradients of its log density. */
const graphOf = <P extends Setting>(row: Row<P>, setting: P): Graph => {
  const names = freeNames(row, setting)
  const graph = record((recorder) => {
    const parameters = Object.fromEntries(
      names.map((name) => {
        const shape = shapeOf(setting[name] ?? 0)
        return [name, Tensor.of(shape, recorder.input(name, shape))]
      })
    )
    // recorded inputs are what the row's type says of the setting's parameters
    const one = row.make({ ...given(setting), ...parameters })
    const many = one.iid(copies)
    const x = recorder.input("x", many.shape)
    const forms = formsOf(many)
    const logDensity = many.logDensity(x)
    return {
      logDensity,
      total: tf.sum(logDensity),
      draw: many.sample(Key.of(1, "laws")),
      mean: one.mean(),
      variance: one.variance(),
      ...(forms.entropy && { entropy: forms.entropy() }),
      ...(forms.cdf && { cdf: forms.cdf(x) }),
      ...(forms.logCdf && { logCdf: forms.logCdf(x) }),
      ...(forms.logSurvival && { logSurvival: forms.logSurvival(x) }),
      ...(forms.icdfOfLogs && { icdfOfLogs: forms.icdfOfLogs(...logsOf(many)) }),
      ...(forms.mode && { mode: forms.mode() })
    }
  })
  // engines know nothing of special functions, which a pass replaces
  return simplify(names.length === 0 ? graph : differentiate(graph, "total", names))
}

/** Logarithms of probabilities, and of what they lack to 1, from one tail to the other. */
const logsOf = ({ shape }: Dist): readonly [tf.Tensor, tf.Tensor] => {
  const us = Array.from({ length: sizeOf(shape) }, (_, i) => 0.02 + (0.96 * i) / sizeOf(shape))
  return [
    tf.tensor(us.map(Math.log), [...shape]),
    tf.tensor(
      us.map((u) => Math.log1p(-u)),
      [...shape]
    )
  ]
}

/** Each turn is one setting: its parameters, draws from it as values, and noise. */
const feedsOf = <P extends Setting>(row: Row<P>, settings: ReadonlyArray<P>, graph: Graph) => {
  const names = freeNames(row, settings[0] as P)
  const xs = settings.map((setting) =>
    tidied(() => [...row.make(given(setting)).iid(copies).sample(Key.of(2)).dataSync()])
  )
  const noise = graph.nodes.flatMap((node) => {
    if (node.kernel !== "Noise") return []
    const values = new Float32Array(settings.length * sizeOf(node.shape))
    fill(node.attrs["law"] as NoiseDistribution, values, Key.of(3))
    return [[leafName(node), values] as const]
  })
  return {
    ...Object.fromEntries(
      names.map((name) => [name, Float32Array.from(settings.flatMap((setting) => flat(setting[name] ?? 0)))])
    ),
    x: Float32Array.from(xs.flat()),
    ...Object.fromEntries(noise)
  }
}
