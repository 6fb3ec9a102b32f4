import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import { type FitError, GuideMismatch, UnsupportedKernel } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { generative } from "../../model/handler/generative.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Draws, drawPosterior } from "../fitted/posterior.ts"
import { drawnJoint } from "../fitted/simulate.ts"
import { structureOf } from "../fitted/structure.ts"
import { inputName, own } from "../joint/names.ts"
import { attempt } from "../run/attempt.ts"
import { type Prepared, shapesOf } from "../run/prepared.ts"

/** Draws of a program from its prior: all its sites, in `n` replications. */
export const drawPrior = (
  model: AnyProgram,
  inputs: Prepared,
  n: number,
  seed: number
): Effect.Effect<Draws, FitError, Engine> =>
  Effect.gen(function* () {
    const joint = yield* attempt(() => {
      const drawn = drawnJoint(
        generative<unknown, never, unknown, unknown>(model, "refuse"),
        { kind: "prior" },
        shapesOf(inputs),
        inputs
      )
      const [parameter] = drawn.parameters
      if (parameter === undefined) return drawn
      throw new GuideMismatch({
        site: parameter.name,
        reason:
          "it is a parameter of the model, which has no prior from which a true value could be drawn. Give it one: sample it, or lift the program"
      })
    })
    return yield* drawPosterior(joint, inputs, {}, n, seed)
  })

/** The draws of one site: by the plates that it stands in. */
export const drawsAt = (
  draws: Draws,
  plates: ReadonlyArray<string>,
  name: string
): Dataset<ReadonlyArray<number>, "real"> | undefined => {
  let among = draws
  for (const plate of plates) {
    const inside = own(among, plate)
    if (inside === undefined || isRows(inside)) return undefined
    among = inside
  }
  const found = own(among, name)
  return found !== undefined && isRows(found) ? found : undefined
}

const isRows = (entry: Draws[string]): entry is Dataset<ReadonlyArray<number>, "real"> =>
  "values" in entry && ArrayBuffer.isView(entry.values)

/** The data of one replication, made of what its program observes and the inputs that were given. */
export const dataOf = (
  observed: ReadonlyArray<ObservedIn>,
  inputs: Prepared,
  draws: Draws,
  replication: number
): Prepared => {
  const plates: Record<string, Record<string, Dataset>> = Object.fromEntries(
    Object.entries(inputs.plates).map(([plate, fields]) => [plate, { ...fields }])
  )
  const globals: Record<string, Dataset> = { ...inputs.globals }
  for (const { name, plate, plates: within } of observed) {
    const all = drawsAt(draws, within, name)
    if (all === undefined) continue
    const width = sizeOf(all.event)
    const values = all.values.slice(replication * width, (replication + 1) * width)
    const [size, event] = plate === undefined ? [1, all.event] : [all.event[0] ?? 1, all.event.slice(1)]
    const dataset: Dataset = { event, size, shape: [size, ...event], support: "unknown", values, scale: 1 }
    if (plate === undefined) globals[name] = dataset
    else plates[plate] = { ...plates[plate], [name]: dataset }
  }
  return { ...inputs, plates, globals }
}

/** An observed site whose data are simulated. */
export interface ObservedIn {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly plate: string | undefined
  /** the input of a graph that holds its data */
  readonly input: string
}

/** @throws UnsupportedKernel for an observed site in two plates, whose data belong to the rows of the inner one alone */
export const observedIn = (model: AnyProgram, inputs: Prepared): ReadonlyArray<ObservedIn> =>
  structureOf(model, inputs).sites.flatMap(({ name, plates, kind }) => {
    if (kind !== "observed") return []
    if (plates.length > 1)
      throw new UnsupportedKernel({
        kernel: "observe",
        during: `data are simulated for '${name}', which stands in the plates ${plates.join(" and ")}`,
        advice: "Write the inner rows as numbers of one value."
      })
    const [plate] = plates
    return [{ name, plates, plate, input: inputName(name, plate) }]
  })
