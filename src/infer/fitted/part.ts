import { DuplicateSite, InvalidOption, UnsupportedKernel } from "../../Errors.ts"
import { leafName } from "../../engine/leaves.ts"
import { type Port, portable, type Sized } from "../../engine/onnx/portable.ts"
import { type Node, nameOf, noiseLabel } from "../../trace/Graph.ts"
import { version } from "../../version.ts"
import type { Learned } from "../fit/Learned.ts"
import { namesIn, paramInput } from "../joint/names.ts"

/** A part of a fit that runs by itself: what it computes, as a graph of any number of rows. */
export interface Part {
  /** what it computes, in a sentence */
  readonly about: string
  readonly sized: Sized
  /** the name of an input from those of its plate and field */
  readonly input: (names: ReadonlyArray<string>) => string
  /** for each output of the graph its name, and what it is */
  readonly outputs: Readonly<Record<string, { readonly name: string; readonly about: string }>>
}

/** A port in words. */
export interface Described extends Port {
  readonly about: string
}

/** A part as a file, and the facts about it. */
export interface Written {
  readonly bytes: Uint8Array
  readonly about: string
  readonly inputs: ReadonlyArray<Described>
  readonly outputs: ReadonlyArray<Described>
}

/**
 * Writes a part of a fit as an ONNX model with what was learned inside.
 *
 * @throws UnsupportedKernel, with the part, for an operation that ONNX lacks or that depends on the number of rows
 */
export const written = (name: string, part: Part, learned: Learned): Written => {
  const weights = Object.fromEntries(
    Object.entries(learned.parameters).map(([parameter, values]) => [paramInput(parameter), values])
  )
  const outputs = new Map(Object.values(part.outputs).map((output) => [escaped(output.name), output.about]))
  if (outputs.size < Object.keys(part.outputs).length) throw twice(repeated(part))
  const inputs = new Map<string, string>()
  const leaves = new Map<string, string>()
  const input = (leaf: Node): string => {
    const [port, about] =
      leaf.kernel === "Noise"
        ? ([`${leaf.attrs["law"]}_${noiseLabel(leaf)}`, noises[String(leaf.attrs["law"])] ?? "noise"] as const)
        : ([part.input(namesIn(nameOf(leaf))), `data: ${namesIn(nameOf(leaf)).at(-1)}`] as const)
    const of = leafName(leaf)
    if (outputs.has(escaped(port)) || (leaves.get(port) ?? of) !== of) throw twice(port)
    leaves.set(port, of)
    inputs.set(escaped(port), about)
    return escaped(port)
  }
  const names = Object.fromEntries(Object.entries(part.outputs).map(([output, port]) => [output, escaped(port.name)]))
  if (outputs.size === 0)
    throw new InvalidOption({
      option: "part",
      value: `'${name}'`,
      expected: "a part with values: this program has none"
    })
  const facts = { part: name, about: part.about, ...factsOf(learned), outputs: JSON.stringify([...outputs]) }
  return attributed(name, () => {
    const model = portable(part.sized, { weights, input, outputs: names }, { version, facts })
    const described = (about: ReadonlyMap<string, string>) => (port: Port) => ({
      ...port,
      about: about.get(port.name) ?? ""
    })
    return {
      ...{ bytes: model.bytes, about: part.about },
      inputs: model.inputs.map(described(inputs)),
      outputs: model.outputs.map(described(outputs))
    }
  })
}

/** A name that two outputs have. */
const repeated = ({ outputs }: Part): string => {
  const names = Object.values(outputs).map(({ name }) => name)
  return names.find((name, i) => names.indexOf(name) < i) ?? ""
}

const twice = (port: string): DuplicateSite => new DuplicateSite({ site: port, kind: "site" })

/** What a file says of the model that it is a part of. */
const factsOf = ({ derived, plan, seed }: Learned): Readonly<Record<string, string>> => ({
  sites: JSON.stringify(sitesOf({ derived, plan })),
  seed: String(seed),
  noise:
    "Inputs whose names begin with normal_ or uniform_ are the random numbers of the draws: independent, row by row. normal_: standard normal; uniform_: between 0 and 1, both excluded."
})

/** The sites with their families, supports and plates. */
export const sitesOf = ({ derived, plan }: Pick<Learned, "derived" | "plan">) =>
  plan.sites.map(({ site, plates, guide, model }) => ({
    site,
    plates,
    model,
    ...(guide !== undefined && { guide }),
    support: derived.joint.sites.flatMap((each) => {
      if (each.name !== site || each.kind === "deterministic" || each.kind === "factor") return []
      return [each.kind === "observed" ? each.dist.support : each.prior.support]
    })[0]
  }))

const noises: Readonly<Record<string, string>> = {
  normal: "standard normal numbers",
  uniform: "uniform numbers between 0 and 1, both excluded"
}

/** The writer's own names begin with a slash. */
const escaped = (name: string): string => name.replace(/^\//, "%2F")

const attributed = <A>(name: string, f: () => A): A => {
  try {
    return f()
  } catch (error) {
    if (!(error instanceof UnsupportedKernel)) throw error
    const { kernel, during, advice, line } = error
    throw new UnsupportedKernel({
      ...{ kernel, during: `the part '${name}' is exported (${during})` },
      ...{ advice: `${advice} Or export other parts: { parts: […] }.` },
      ...(line !== undefined && { line })
    })
  }
}
