import { UnsupportedKernel } from "../../Errors.ts"
import { generative } from "../../model/handler/generative.ts"
import { mapValues } from "../../trace/build.ts"
import { type Graph, type Id, nameOf } from "../../trace/Graph.ts"
import { simplify } from "../../trace/passes/index.ts"
import { prune } from "../../trace/passes/prune.ts"
import { allNodes } from "../../trace/region.ts"
import { dependsOn, vectorise } from "../../trace/vectorise.ts"
import { drawingJoint } from "../fit/derive.ts"
import type { Learned } from "../fit/Learned.ts"
import type { Joint } from "../joint/Joint.ts"
import { dataPrefix, own, paramInput, particleAxis } from "../joint/names.ts"
import type { Part } from "./part.ts"
import { drawingOf } from "./posterior.ts"
import { drawnJoint } from "./simulate.ts"

/** The dimension of the draws; a plate's rows go by the plate's name. */
const draws = "draws"

export type ProgramPart = "posterior" | "predict"

/**
 * The parts of a fitted program: draws of its posterior by data and noise, and of new rows from the posterior predictive by their fields and noise. A plate of which all rows are read together, or in
 * order, keeps the number of rows that it was fitted with.
 *
 * @throws UnsupportedKernel for a program with per-row parameters, since the rows of other data have none
 */
export const programParts = (learned: Learned): Readonly<Record<ProgramPart, () => Part>> => {
  const { derived, shapes, sizes } = learned
  return {
    posterior: () => ofDraws("From data and noise to joint draws of the posterior.", drawingJoint(derived, shapes)),
    predict: () => {
      const model = generative<unknown, never, unknown, unknown>(derived.guided.model, "leave aside")
      const noFields = { globals: {}, plates: mapValues(sizes, () => ({})), sizes }
      const joint = drawnJoint(model, { kind: "globals", guide: derived.guided.guide }, shapes, noFields)
      return ofDraws("From the fields of new rows and noise to joint draws of the posterior predictive.", joint)
    }
  }
}

const ofDraws = (about: string, joint: Joint): Part => {
  const { graph, plates: all, outputs: given, sites: named } = drawingOf(joint)
  const whole = graph()
  // a field of the row that the program observes is given, and no draw
  const sites = named.filter(({ output }) => !isField(whole, own(whole.outputs, output)))
  const outputs = new Map([...given].filter(([output]) => sites.some((site) => site.output === output)))
  const single = prune({
    ...whole,
    outputs: Object.fromEntries(Object.entries(whole.outputs).filter(([output]) => outputs.has(output)))
  })
  const perRow = joint.parameters.find(({ name, plate }) => plate !== undefined && reads(single, paramInput(name)))
  if (perRow !== undefined) throw withoutRows(perRow.name)
  const within = (label: string): ReadonlySet<string> =>
    new Set([...outputs].flatMap(([output, labels]) => (labels.includes(label) ? [output] : [])))
  // a plate of which nothing is read or drawn has no rows here: the posterior of what stands outside of it, where the guide does not read its data
  const plates = all.filter(
    (plate) =>
      within(plate.label).size > 0 ||
      dependsOn(single, plate).size > 0 ||
      allNodes(single.nodes).some(({ attrs }) => attrs["axis"] === plate.name)
  )
  const noise = single.nodes.flatMap(({ kernel, attrs }) => (kernel === "Noise" ? [String(attrs["site"])] : []))
  const sizeName = (label: string): string => (label === draws ? `rows of ${label}` : label)
  const at = (given: Readonly<Record<string, number>>): Graph => {
    const rows = plates.reduceRight(
      (before, { label, size = given[sizeName(label)] ?? 1, ...axis }) =>
        vectorise(before, { ...axis, size, spread: within(label) }),
      single
    )
    const axis = { name: particleAxis, inputs: new Set<string>(), sites: new Set(noise) }
    return simplify(vectorise(rows, { ...axis, size: given[draws] ?? 1, spread: true }))
  }
  return {
    about,
    sized: { open: [...plates.flatMap(({ label, size }) => (size === undefined ? [sizeName(label)] : [])), draws], at },
    input: (names) => names.join("."),
    outputs: Object.fromEntries(
      sites.map(({ name, plates, output }) => [
        output,
        { name: [...plates, name].join("."), about: `draws of ${name}` }
      ])
    )
  }
}

const isField = ({ nodes }: Graph, id: Id | undefined): boolean => {
  const node = id === undefined ? undefined : nodes[id]
  return node?.kernel === "Input" && nameOf(node).startsWith(dataPrefix)
}

const reads = ({ nodes }: Graph, input: string): boolean =>
  allNodes(nodes).some((node) => node.kernel === "Input" && nameOf(node) === input)

const withoutRows = (parameter: string): UnsupportedKernel =>
  new UnsupportedKernel({
    kernel: "param.row",
    during: "a part is exported, which runs for other rows",
    advice: `The parameter '${parameter}' has a value for each row that was fitted, and others have none.`
  })
