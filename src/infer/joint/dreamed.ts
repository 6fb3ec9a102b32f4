import { GuideMismatch } from "../../Errors.ts"
import type { Interpreted } from "../../model/Guided.ts"
import { generative } from "../../model/handler/generative.ts"
import { drawGuide, interpret } from "../../model/interpret.ts"
import { withParams } from "../../model/Param.ts"
import type { RunSite, SiteTrace, World } from "../../model/World.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { type Id, type Node, nameOf } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import { stopGradient } from "../../trace/stopGradient.ts"
import type { Factor, Parameter } from "./Joint.ts"
import { inputName, paramInput, plateAxis } from "./names.ts"
import type { NetNames } from "./recordedWorld.ts"

/** One draw of the whole model, and what its guide makes of it. */
export interface Dream {
  /** log q of the drawn latent values, by a guide that reads the drawn data */
  readonly logQ: ReadonlyArray<Factor>
  /** the sites that were drawn, with their plates */
  readonly drawn: ReadonlyArray<readonly [site: string, plates: ReadonlyArray<string>]>
}

/**
 * Draws all sites of a model, its data too, as constants for gradients, and records log q of the drawn latent values where the guide reads the drawn data.
 *
 * @param trace the sites of the run with the real data, which was recorded before
 * @param nets the names that its nets were given
 * @throws GuideMismatch for a program that cannot be drawn, and for a guide that would not learn from draws
 */
export const dreamed = (
  recorder: Recorder,
  { model, guide }: Interpreted,
  world: World,
  trace: SiteTrace,
  { nets, parameters }: { readonly nets: NetNames; readonly parameters: ReadonlyArray<Parameter> }
): Dream => {
  if (guide.kind !== "record" && guide.kind !== "program") throw new RangeError("draws of a model are for its guide")
  for (const site of trace) mustBeDrawn(site)
  const values = new Map<string, Tensor>()
  const params: World["params"] = { ...world.params, nameOf: knownNet(nets) }
  const inside: World = { ...world, params, given: () => undefined, scan: refuseScan }
  const sites = interpret(
    { model: generative<unknown, never, unknown, unknown>(model, "refuse"), guide: { kind: "prior" } },
    {
      ...inside,
      enumerated: () => undefined,
      mark: (site, value) => {
        const fixed = typed(stopGradient(value))
        values.set(site, fixed)
        return fixed
      }
    }
  )
  const observed = trace.filter((site) => site.kind === "observed")
  const rowOf = (plate: string): ReturnType<World["row"]> => ({
    ...world.row(plate),
    ...Object.fromEntries(
      observed.flatMap(({ name, plates }) => {
        const value = values.get(name)
        return plates.at(-1) === plate && value !== undefined ? [[name, value]] : []
      })
    )
  })
  const draws = withParams(params, () =>
    drawGuide(guide, {
      ...inside,
      row: rowOf,
      // each site of the guide stands for the drawn value
      enumerated: (site) => values.get(site),
      mark: (_, value) => value
    })
  )
  const logQ = [...draws].flatMap(
    ([site, { plates, logQ }]): ReadonlyArray<Factor> =>
      logQ === undefined
        ? []
        : [{ site, role: "guide", node: recorder.idOf(logQ), axes: plates.map(plateAxis), scale: undefined }]
  )
  mustLearn(recorder, logQ, {
    values,
    data: new Map(observed.map(({ name, plates }) => [inputName(name, plates.at(-1)), name])),
    rows: new Map(parameters.flatMap(({ name, plate }) => (plate === undefined ? [] : [[paramInput(name), name]])))
  })
  return {
    logQ,
    drawn: sites.flatMap(({ kind, name, plates }) => (kind === "latent" ? [[name, plates] as const] : []))
  }
}

/** @throws GuideMismatch for a site that the program cannot draw as it is scored */
const mustBeDrawn = (site: RunSite): void => {
  const reason = notDrawn(site)
  if (reason === undefined) return
  throw new GuideMismatch({ site: site.name, reason: `the sleep phase draws the model with its data, and ${reason}` })
}

const notDrawn = (site: RunSite): string | undefined => {
  if (site.kind === "deterministic") return undefined
  if (site.kind === "factor") return "a factor is a log density that nothing draws"
  if (site.branch !== undefined) return "it stands in a branch, whose guide counts only where the branch is taken"
  if ("inScan" in site && site.inScan === true) return inRecurrence
  if (site.scale !== 1) return "its log density is scaled, while a draw is not"
  const dist = site.kind === "observed" ? site.dist : site.prior
  if (dist.family.startsWith("Masked(")) return "a mask leaves out some of its numbers, while a draw has all of them"
  if (dist.noBound === true) return `${dist.family} is no density of its data: ${dist.remark}`
  return site.kind === "observed" && !site.isData ? "its value is the program's own" : undefined
}

const inRecurrence = "a recurrence is not drawn so. Use Objective.reweightedWakeSleep"

const refuseScan = (sequence: string): never => {
  throw new GuideMismatch({
    site: sequence,
    reason: `the sleep phase draws the model with its data, and ${inRecurrence}`
  })
}

/** A net that is made while the program runs would be another one here, with parameters of its own. */
const knownNet =
  (nets: NetNames) =>
  (net: object, kind: string): string => {
    const name = nets.get(net)
    if (name !== undefined) return name
    throw new GuideMismatch({
      site: kind,
      reason:
        "the sleep phase runs the program twice, and this net is made anew in each run. Make it outside of the program"
    })
  }

interface Origins {
  /** drawn values by site */
  readonly values: ReadonlyMap<string, Tensor>
  /** the inputs of real data by name, and those of parameters that belong to real rows */
  readonly data: ReadonlyMap<string, string>
  readonly rows: ReadonlyMap<string, string>
}

/** @throws GuideMismatch for a draw that reads the real data, and for a guide that reads no drawn data, or what belongs to the real rows */
const mustLearn = (recorder: Recorder, logQ: ReadonlyArray<Factor>, { values, data, rows }: Origins): void => {
  const { nodes } = recorder.graph()
  const drawn = new Map([...values].map(([name, value]) => [recorder.idOf(value), [name]]))
  /** For each node up to so many of the names on which it depends: its own, if it has some, and otherwise those of its inputs. */
  const reads = (
    own: (node: Node, id: Id) => ReadonlyArray<string> | undefined,
    atMost = 1
  ): ReadonlyArray<ReadonlyArray<string>> => {
    const found: Array<ReadonlyArray<string>> = []
    nodes.forEach((node, id) => {
      const names = own(node, id) ?? node.inputs.flatMap((input) => found[input] ?? [])
      found.push([...new Set(names)].slice(0, atMost))
    })
    return found
  }
  const among = (inputs: Origins["data"], node: Node): ReadonlyArray<string> | undefined => {
    const name = node.kernel === "Input" ? inputs.get(nameOf(node)) : undefined
    return name === undefined ? undefined : [name]
  }
  const ofData = reads((node) => among(data, node))
  // what a value was drawn from does not count
  const ofRows = reads((node, id) => (drawn.has(id) ? [] : among(rows, node)))
  const ofDraws = reads((_, id) => drawn.get(id), 2)
  for (const { site, node } of logQ) {
    const fail = (reason: string): never => {
      throw new GuideMismatch({ site, reason })
    }
    const [field] = ofData[node] ?? []
    if (field !== undefined)
      fail(
        `the data of '${field}' are read beside being observed, and a draw of the model has none but those that it draws`
      )
    const [parameter] = ofRows[node] ?? []
    if (parameter !== undefined)
      fail(
        `the guide has '${parameter}' for each row of the data, and rows that are drawn have none: let the guide be a function of the row, such as a net`
      )
    if ((ofDraws[node] ?? []).length < 2)
      fail(
        "its guide reads no data, so that fitted to draws of the model it would be the prior: let it be a function of the row, such as a net"
      )
  }
}
