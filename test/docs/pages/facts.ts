import { catalogue, type Entry } from "../../../src/dist/catalogue.ts"
import type { Dist, FormName } from "../../../src/dist/Dist.ts"
import { table } from "../../../src/dist/divergence/kl/table.ts"
import { renyiTable } from "../../../src/dist/divergence/renyi/table.ts"
import { fuse } from "../../../src/engine/onnx/fuse.ts"
import { missingRule } from "../../../src/engine/onnx/rules.ts"
import { missingKernel } from "../../../src/engine/runGraph.ts"
import { backendName } from "../../../src/engine/tensorflow/native.ts"
import { Key } from "../../../src/tensor/random.ts"
import type { Graph } from "../../../src/trace/Graph.ts"
import { simplify } from "../../../src/trace/passes/index.ts"
import { record } from "../../../src/trace/record.ts"
import { tidied } from "../../dist/laws/evaluate.ts"
import { nativeIsSetUp } from "../../engine/engines.ts"
import { combinators } from "./combinators.ts"

/** What is read off the code of one family, or off one example of a combinator. */
export interface Facts {
  readonly name: string
  readonly source: string
  /** the name of the example's own family, such as `Mixture(Normal)` */
  readonly family: string
  readonly support: string
  readonly gradients: ReadonlyArray<string>
  /** methods, and divergences between two laws of the family */
  readonly forms: ReadonlyArray<string>
  readonly constraints: Readonly<Record<string, string>>
  /** families p with a closed form of KL(this‖p), and families q with one of KL(q‖this) */
  readonly klTo: ReadonlyArray<string>
  readonly klFrom: ReadonlyArray<string>
  readonly engines: ReadonlyArray<string>
  /** whether it can be drawn from, and so be pictured */
  readonly draws: boolean
}

const forms: ReadonlyArray<FormName> = [
  "entropy",
  "cdf",
  "logCdf",
  "logSurvival",
  "icdf",
  "icdfOfLogs",
  "mode",
  "supportValues"
]

/** Something that has a page. */
export interface Subject {
  readonly name: string
  readonly source: string
  readonly example: () => Dist
}

const families: ReadonlyArray<readonly [string, Entry]> = Object.entries(catalogue)

export const subjects: Readonly<Record<"families" | "combinators", ReadonlyArray<Subject>>> = {
  families: families.map(([name, { example }]) => ({ name, source: `src/dist/${name}.ts`, example })),
  combinators: Object.entries(combinators).map(([name, { source, example }]) => ({ name, source, example }))
}

export const factsOf = (subject: Subject): Facts => tidied(() => read(subject))

const read = ({ name, source, example }: Subject): Facts => {
  const dist = example()
  const pairs = Object.keys(table).map((pair) => pair.split("‖"))
  return {
    name,
    source,
    family: dist.family,
    support: dist.support,
    gradients: dist.gradients,
    forms: [...forms.filter((form) => form in dist), ...(`${name}‖${name}` in renyiTable ? ["renyiDivergence"] : [])],
    constraints: dist.constraints,
    klTo: pairs.flatMap(([q, p = ""]) => (q === name ? [p] : [])),
    klFrom: pairs.flatMap(([q = "", p]) => (p === name ? [q] : [])),
    engines: enginesOf(example),
    draws: canDraw(dist)
  }
}

/** The engines that have every kernel of the family's log density and draw. */
const enginesOf = (example: () => Dist): ReadonlyArray<string> => {
  const graph = graphOf(example)
  const ids = graph.nodes.map((_, id) => id)
  const onnx = missingRule(fuse(graph).nodes) === undefined
  const has = (backend: string): boolean => missingKernel(graph, ids, backend) === undefined
  return [
    ...(onnx ? ["onnx", "onnx-web"] : []),
    ...(!nativeIsSetUp || has(backendName) ? ["tensorflow"] : []),
    ...(has("wasm") ? ["wasm"] : []),
    ...(has("cpu") ? ["cpu"] : [])
  ]
}

const graphOf = (example: () => Dist): Graph =>
  simplify(
    record(() => {
      const dist = example()
      const value = canDraw(dist) ? dist.sample(Key.of(0)) : dist.mean()
      return { value, logProb: dist.logProb(value) }
    })
  )

const canDraw = ({ gradients }: Dist): boolean => gradients.length > 0
