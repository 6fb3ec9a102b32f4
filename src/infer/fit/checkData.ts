import type { Pieces } from "../../data/pieces.ts"
import { DataFormat, ShapeMismatch } from "../../Errors.ts"
import { sameShape } from "../../tensor/Tensor.ts"
import { type Graph, nameOf } from "../../trace/Graph.ts"
import { type Joint, observedSites, platesOf } from "../joint/Joint.ts"
import { dataPrefix, inputName, namesIn, own } from "../joint/names.ts"
import { checkSupport } from "../run/checkSupport.ts"
import { countsOf } from "../run/masks.ts"
import type { Prepared } from "../run/prepared.ts"
import { checkIndices } from "./checkIndices.ts"
import type { Derived } from "./derive.ts"
import { rowOf } from "./words.ts"

/**
 * Checks data against the program that was recorded, before an engine sees them; in pieces, as there may be many.
 *
 * @throws DataFormat for data that are missing, or that are no positions where the program reads them as such, ShapeMismatch for a datum of another shape, SupportViolation for the first observed value outside of
 * its distribution's support
 */
export function* checkData(derived: Derived, data: Prepared): Pieces<void> {
  checkInputs(derived.joint.graph, data)
  mustHaveItsLengths(derived.joint, data)
  mustBeAsked(derived.joint, data)
  yield* checkNumbers(derived, data)
}

/**
 * The part of it that reads numbers, for all data or for some rows of a plate, of which the first is row `from`.
 *
 * @throws DataFormat for wrong positions, SupportViolation
 */
export function* checkNumbers(derived: Derived, data: Prepared, from = 0): Pieces<void> {
  yield* checkIndices(derived.joint.graph, data, from)
  for (const site of observedSites(derived.joint)) {
    const { name, plates, dist, input } = site
    if (input === undefined) continue
    const plate = plates.at(-1)
    const rows = plate === undefined ? own(data.globals, name) : own(own(data.plates, plate) ?? {}, name)
    if (rows === undefined) continue
    yield* checkSupport(name, dist.support, rows, { counts: () => countsOf(derived.joint, site, data), from })
  }
}

/**
 * Refuses data that the program does not read, because they are probably misspelt: otherwise the mistake would not be noticed.
 *
 * @throws DataFormat that names the entry and the data that the program reads
 */
const mustBeAsked = (joint: Joint, data: Prepared): void => {
  const plates = platesOf(joint).map(({ label }) => label)
  const values = observedSites(joint).flatMap((site) =>
    site.plates.length === 0 && site.input !== undefined ? [site.name] : []
  )
  const refuse = (name: string, what: string): never => {
    const listed = (names: ReadonlyArray<string>): string => names.map((each) => `'${each}'`).join(", ") || "none"
    throw new DataFormat({
      path: `data.${name}`,
      reason: what,
      advice: `Leave it out, or check the name: the program has the plates ${listed(plates)} and observes outside of plates ${listed(values)}.`
    })
  }
  for (const plate of Object.keys(data.plates))
    if (!plates.includes(plate)) refuse(plate, `the program has no site in a plate '${plate}'`)
  for (const name of Object.keys(data.globals))
    if (!values.includes(name)) refuse(name, `no site '${name}' is observed outside of plates`)
}

/**
 * Per-row parameters belong to the rows that were fitted.
 *
 * @throws DataFormat when the data have another number of rows
 */
export const mustHaveItsRows = (
  { derived, sizes }: { readonly derived: Derived; readonly sizes: Prepared["sizes"] },
  data: Prepared
): void => {
  for (const { name, plate } of derived.joint.parameters) {
    if (plate === undefined || own(sizes, plate) === own(data.sizes, plate)) continue
    throw new DataFormat({
      path: `data.${plate}`,
      reason: `the parameter '${name}' has a value for each of the ${own(sizes, plate)} rows of '${plate}' that were fitted, but there are ${own(data.sizes, plate)} here`,
      advice: "Give the rows that were fitted, or make the guide a function of its row."
    })
  }
}

/**
 * A plate whose rows are read together is recorded for one number of them.
 *
 * @throws DataFormat when the data have another one
 */
const mustHaveItsLengths = (joint: Joint, { sizes }: Prepared): void => {
  for (const { label, size } of platesOf(joint)) {
    const actual = own(sizes, label)
    if (size === undefined || actual === undefined || actual === size) continue
    throw new DataFormat({
      path: `data.${label}`,
      reason: `there are ${actual} rows here, but the program reads the rows of '${label}' together and was recorded for ${size}`,
      advice: "Give as many rows as were fitted, or fit the program to these."
    })
  }
}

/** All inputs of a graph are there, with its shapes. Throws as {@link checkData} does. */
export const checkInputs = (graph: Pick<Graph, "nodes">, { plates, globals }: Prepared): void => {
  const given = new Map([
    ...Object.entries(globals).map(([site, { event }]) => [inputName(site), event] as const),
    ...Object.entries(plates).flatMap(([plate, fields]) =>
      Object.entries(fields).map(([field, { event }]) => [inputName(field, plate), event] as const)
    )
  ])
  for (const node of graph.nodes) {
    if (node.kernel !== "Input" || !nameOf(node).startsWith(dataPrefix)) continue
    const actual = given.get(nameOf(node))
    const path = `data.${namesIn(nameOf(node)).join(".")}`
    if (actual === undefined) {
      throw new DataFormat({
        path,
        reason: "there are no such data",
        advice: "Give all that the model was fitted to."
      })
    }
    if (!sameShape(actual, node.shape)) {
      throw new ShapeMismatch({ site: undefined, where: rowOf(path), expected: node.shape, actual })
    }
  }
}
