import * as tf from "@tensorflow/tfjs"
import { allValues } from "../../dist/allValues.ts"
import type { Dist } from "../../dist/Dist.ts"
import { DataFormat } from "../../Errors.ts"
import type { AnyProgram } from "../../model/Guided.ts"
import { handle } from "../../model/handler/handle.ts"
import type { AnyRow } from "../../model/Interpreter.ts"
import { interpret } from "../../model/interpret.ts"
import { withParams } from "../../model/Param.ts"
import type { Position, RunSite, World } from "../../model/World.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { along } from "../../trace/axes.ts"
import { mapValues } from "../../trace/build.ts"
import { type Graph, type Id, type Node, nameOf, nodeAt } from "../../trace/Graph.ts"
import { type Recorder, record } from "../../trace/record.ts"
import { markSample } from "../../trace/stopGradient.ts"
import { enumeratedAxis, own } from "../joint/names.ts"
import { recordedParams, recordedWorld } from "../joint/recordedWorld.ts"
import { type Prepared, shapesOf } from "../run/prepared.ts"

/** A site as it stands in a program. */
export interface SiteStructure {
  readonly name: string
  readonly kind: "latent" | "observed" | "enumerated" | "deterministic" | "factor"
  /** outermost first */
  readonly plates: ReadonlyArray<string>
  /** the shape of one value */
  readonly shape: Shape
  /** the name of its distribution's family; none for computed values and factors */
  readonly family: string | undefined
  readonly support: string | undefined
  /** the sites that its distribution, or its value if it is computed, reads directly */
  readonly parents: ReadonlyArray<string>
  /** in a recurrence, the sites of the position before that it reads by the carry; itself, where its values are a chain */
  readonly before: ReadonlyArray<string>
}

/** The sites of a program in its order, and the rows of its plates where they are given. */
export interface Structure {
  readonly sites: ReadonlyArray<SiteStructure>
  readonly rows: Readonly<Record<string, number>>
}

/**
 * Records a program for its sites and for what reads what. Values are inputs of the recording: a site reads another if there is a way from the other's value to its density that leads through no third
 * site. Of a recurrence one position is recorded, the first: what its carry then holds is what the next position reads.
 *
 * @param data the fields of rows; those of plates that have none may be left out, and so may all that is observed
 * @throws the tagged errors of a recording
 */
export const structureOf = (program: AnyProgram, data: Prepared): Structure => {
  let found: ReadonlyArray<Recorded> = []
  const carries = new Map<Id, Id>()
  const graph = record((recorder) => {
    const params = recordedParams(recorder)
    const given = new Set<Tensor>()
    const mark = (site: string, value: Tensor): Tensor => (given.has(value) ? value : typed(markSample(value, site)))
    const world = recordedWorld(recorder, shapesOf(data), params.store, mark, (site, dist) =>
      typed(along(allValues(site, dist), enumeratedAxis(site)))
    )
    const valueOf = (site: string, dist: Dist): Tensor => {
      const value: Tensor = typed(recorder.input(valueInput(site), dist.shape))
      given.add(value)
      return value
    }
    const values = (site: string, _plates: ReadonlyArray<string>, dist: Dist): Tensor => valueOf(site, dist)
    const model = withoutData(program, valueOf)
    const row = (plate: string) => (own(data.plates, plate) === undefined ? rowOfNone(plate) : world.row(plate))
    const scan: World["scan"] = (sequence, init, step) => {
      const first = mapValues(init, (value): Tensor => typed(markSample(value, sequence)))
      const enumerate = (site: string, dist: Dist): Tensor => typed(along(allValues(site, dist), enumeratedAxis(site)))
      const position: Position = {
        ...{ read: (all) => all, outside: (f) => f(), write, score: write },
        ...{ enumerate, drawn: (_, take) => take(undefined) }
      }
      const next = step(first, row(sequence), typed(tf.scalar(0)), position)
      for (const name of Object.keys(init)) {
        const [from, to] = [own(first, name), own(next, name)]
        if (from !== undefined && to !== undefined) carries.set(recorder.idOf(from), recorder.idOf(to))
      }
      return next
    }
    const trace = interpret({ model, guide: { kind: "given", values } }, { ...world, row, scan })
    found = withParams(params.store, () => trace.map((site) => recorded(recorder, site)))
    return {}
  })
  const computed = new Map(
    found.flatMap(({ site, root }) => (site.kind === "deterministic" ? [[root, site.name] as const] : [])).toReversed()
  )
  const order = found.map(({ site }) => site.name)
  const inOrder = (names: ReadonlySet<string>): ReadonlyArray<string> => order.filter((name) => names.has(name))
  const sites = found.map(({ site, root }): SiteStructure => {
    const direct = readBy(graph, root, { computed, carries, self: site.name })
    const before = new Set<string>()
    const carried = new Set(direct.carried)
    // a set that grows while it is visited: a carry may hold what it held before
    for (const carry of carried) {
      const held = readBy(graph, carries.get(carry) ?? carry, { computed, carries, self: undefined })
      for (const name of held.names) before.add(name)
      for (const other of held.carried) carried.add(other)
    }
    return { ...site, parents: inOrder(direct.names), before: inOrder(before) }
  })
  return { sites, rows: data.sizes }
}

/** A row of a plate for which nothing was given, because it has no fields. */
const rowOfNone = (plate: string): AnyRow =>
  new Proxy<AnyRow>(
    {},
    {
      get: (_, field) => {
        throw new DataFormat({
          path: `data.${plate}.${String(field)}`,
          reason: "the program reads this field of its rows, which is not given",
          advice: "Give the fields of the rows, from which the program has its shapes."
        })
      }
    }
  )

/** A position of a recurrence that stands for all of them. */
const write: Position["write"] = (value, take) => take(typed(value))

const valueInput = (site: string): string => `value:${site}`

/** The program whose observed sites have values of their own, so that it runs without data. */
const withoutData = (program: AnyProgram, valueOf: (site: string, dist: Dist) => Tensor): AnyProgram =>
  handle<unknown, never, unknown, unknown>(program, () => ({
    site: (request, ask) =>
      ask(
        request.kind === "observe" && request.value === undefined
          ? { ...request, value: valueOf(request.name, request.dist) }
          : request
      )
  }))

interface Recorded {
  readonly site: Omit<SiteStructure, "parents" | "before">
  /** the node of its log density, or of its value if it is computed */
  readonly root: Id
}

const recorded = (recorder: Recorder, site: RunSite): Recorded => {
  const { kind, name, plates, value } = site
  if (kind === "deterministic" || kind === "factor") {
    const described = { kind, name, plates, shape: value.shape, family: undefined, support: undefined }
    return { site: described, root: recorder.idOf(value) }
  }
  const dist = kind === "observed" ? site.dist : site.prior
  const density = (): tf.Tensor => dist.logProb(value)
  const root = recorder.idOf(site.branch === undefined ? density() : site.branch.counted(density))
  return { site: { kind, name, plates, shape: dist.shape, family: dist.family, support: dist.support }, root }
}

/** The site whose value a node is: an input, or for a site that is summed out the list of its values. */
const valueAt = (node: Node): string | undefined => {
  if (node.kernel === "Sample") return String(node.attrs["site"])
  const isValue = node.kernel === "Input" && nameOf(node).startsWith(valueInput(""))
  return isValue ? nameOf(node).slice(valueInput("").length) : undefined
}

interface Stops {
  /** the nodes of computed values with names */
  readonly computed: ReadonlyMap<Id, string>
  /** for the first value of each carry the node of the next one */
  readonly carries: ReadonlyMap<Id, Id>
  /** a site that does not stand between itself and others */
  readonly self: string | undefined
}

/** The sites whose values a node reads, on ways that lead through no other site, and the carries on such ways. */
const readBy = (graph: Graph, root: Id, { computed, carries, self }: Stops) => {
  const [names, carried, seen] = [new Set<string>(), new Set<Id>(), new Set<Id>()]
  const stack = [root]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const node = nodeAt(graph, id)
    if (carries.has(id)) {
      carried.add(id)
      stack.push(...node.inputs)
      continue
    }
    const value = valueAt(node)
    const name = value ?? computed.get(id)
    if (name !== undefined && name !== self) names.add(name)
    else if (value === undefined) stack.push(...node.inputs)
  }
  return { names, carried }
}
