import { asHtml, asText, showing, type Table } from "../../display.ts"
import type { AnyProgram, Inputs, OnlySites } from "../../model/Guided.ts"
import { type Runnable, runnable } from "../../model/handler/runnable.ts"
import { showShape } from "../../tensor/Tensor.ts"
import { asFitError } from "../run/attempt.ts"
import { inputsOf } from "./simulate.ts"
import { type SiteStructure, type Structure, structureOf } from "./structure.ts"

type Countable<I> = { [K in keyof I]: number extends I[K] ? K : never }[keyof I]
type Optional<I> = { readonly [K in Countable<I>]?: I[K] } & Omit<I, Countable<I>>
/** What the structure of a program depends on: the fields of the rows of each plate that has some, as for `simulate`. Nothing, where no plate has any. */
export type StructureInputs<R> =
  object extends Optional<Inputs<R>> ? readonly [inputs?: Optional<Inputs<R>>] : readonly [inputs: Optional<Inputs<R>>]

/** The sites of a program with their plates, shapes and supports. It prints as a table, and a notebook shows it as one. */
export interface Shapes {
  readonly sites: ReadonlyArray<SiteStructure>
  readonly toString: () => string
}

/**
 * The sites of a program in its order: of which kind each is, the plates that it stands in, the shape of one value, its distribution and its support. The program is recorded, and nothing is run.
 *
 * @param inputs the fields of the rows of each plate; plates without fields, and what is observed, may be left out
 * @throws the tagged errors of a recording
 * @example
 * ```ts
 * const table = shapes(program(function* () {
 *   const w = yield* sample("w", HalfNormal(1).iid(3))
 *   yield* plate("rows", () => observe("y", Normal(sum(w), 1)))
 * }))
 * table.sites.map(({ name, support }) => `${name} ${support}`) // => ["w positive", "y real"]
 * ```
 */
export const shapes = <A, E, R>(
  program: Runnable<A, E, R> & OnlySites<R, E>,
  ...[inputs]: StructureInputs<R>
): Shapes => {
  const { sites, rows } = structureFor(program, inputs)
  const table: Table = { head, rows: sites.map((site) => columns.map((column) => column(site, rows))) }
  return showing({ sites }, () => ({ text: asText(table), html: asHtml(table) }))
}

/** The structure of a program as a user gives it. */
export const structureFor = (program: Runnable<unknown, unknown, unknown>, inputs: unknown): Structure => {
  try {
    return structureOf(runnable(program) as AnyProgram, inputsOf(inputs))
  } catch (error) {
    throw asFitError(error)
  }
}

const head = ["site", "kind", "plates", "shape", "distribution", "support"]
const columns: ReadonlyArray<(site: SiteStructure, rows: Structure["rows"]) => string> = [
  ({ name }) => name,
  ({ kind }) => (kind === "enumerated" ? "summed out" : kind),
  ({ plates }, rows) => plates.map((plate) => titled(plate, rows)).join(", ") || "–",
  ({ shape }) => showShape(shape),
  ({ family }) => family ?? "–",
  ({ support }) => support ?? "–"
]

/** A plate with the number of its rows, where it is known. */
export const titled = (plate: string, rows: Structure["rows"]): string =>
  Object.hasOwn(rows, plate) ? `${plate} (${rows[plate]})` : plate
