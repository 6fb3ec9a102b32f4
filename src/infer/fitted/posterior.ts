import { Effect } from "effect"
import type { Dataset } from "../../data/Dataset.ts"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Id } from "../../trace/Graph.ts"
import { type Joint, platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { valuesIn } from "../joint/reach.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Prepared } from "../run/prepared.ts"
import { drawnInPlates, summedDraw, withSummedDraws } from "../step/summedDraws.ts"
import { eachDraw, type OneDraw, type ParametersOfDraws } from "./eachDraw.ts"

/** Draws by plate: a site's values, or the sites of a plate. */
export interface Draws {
  readonly [name: string]: Dataset<ReadonlyArray<number>, "real"> | Draws
}

/** Whether an entry has rows of its own, where others are sites of a plate. */
export const isDataset = (entry: object): entry is Dataset<ReadonlyArray<number>, "real"> =>
  "values" in entry && ArrayBuffer.isView(entry.values)

/** The values that a draw gives, as outputs of a graph of one draw and one row. */
export interface Drawing extends OneDraw {
  readonly sites: ReadonlyArray<{
    readonly name: string
    readonly plates: ReadonlyArray<string>
    readonly output: string
  }>
}

/**
 * What is drawn from a joint: all latent sites from the guide, the summed-out sites of the model given these (those in recurrences if the joint has their draws), and deterministic sites. A deterministic
 * site that depends on a summed-out site has no draw.
 */
export const drawingOf = (given: Joint): Drawing => {
  const joint = drawnInPlates(given)
  const values = valuesIn(joint)
  const listed = joint.sites.flatMap((site): ReadonlyArray<Drawn> => {
    if (site.kind === "latent") return [{ ...site, node: site.draw }]
    if (site.kind === "enumerated") return [{ ...site, node: "summed out" }]
    return site.kind === "deterministic" && values[site.node] === 0n ? [site] : []
  })
  const states = (joint.states ?? []).flatMap(
    ({ draw, ...site }): ReadonlyArray<Drawn> => (draw === undefined ? [] : [{ ...site, node: draw }])
  )
  const sites = [...listed, ...states]
  const graph = () => {
    const kept = Object.fromEntries(
      sites.flatMap(({ name, node }) => (node === "summed out" ? [] : [[drawOf(name), node] as const]))
    )
    return joint.sites.some(({ kind }) => kind === "enumerated")
      ? withSummedDraws(joint, kept)
      : { ...joint.graph, outputs: kept }
  }
  const drawn = sites.map((site) => ({ name: site.name, plates: site.plates, output: outputOf(site) }))
  const outputs = new Map(drawn.map(({ output, plates }) => [output, plates]))
  return { graph, plates: platesOf(joint), outputs, sites: drawn }
}

/** Joint draws, each of them one step, which reads all rows of each plate. */
export const drawPosterior = (
  joint: Joint,
  data: Prepared,
  parameters: Parameters,
  n: number,
  seed: number,
  each?: ParametersOfDraws
): Effect.Effect<Draws, FitError, Engine> => {
  const { sites, ...drawing } = drawingOf(joint)
  if (sites.length === 0) return Effect.succeed({})
  return Effect.map(
    eachDraw(drawing, { data, parameters, n, seed, ...(each && { each }) }),
    (drawn): Draws => nested(sites, ({ output }) => own(drawn, output))
  )
}

const drawOf = (name: string): string => `draw:${name}`
const outputOf = ({ name, node }: Pick<Drawn, "name" | "node">): string =>
  node === "summed out" ? summedDraw(name) : drawOf(name)

/** A value with a name. */
interface Drawn {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly node: Id | "summed out"
}

/** One entry a site, inside of one record for each plate that it stands in. */
export const nested = <S extends { readonly name: string; readonly plates: ReadonlyArray<string> }>(
  sites: ReadonlyArray<S>,
  valuesOf: (site: S) => Dataset<ReadonlyArray<number>, "real"> | undefined,
  depth = 0
): Draws => {
  const plates = new Set(sites.flatMap((site) => site.plates[depth] ?? []))
  return Object.fromEntries([
    ...sites.flatMap((site) => {
      const values = site.plates.length === depth ? valuesOf(site) : undefined
      return values === undefined ? [] : [[site.name, values] as const]
    }),
    ...[...plates].map((plate) => {
      const inside = sites.filter((site) => site.plates[depth] === plate)
      return [plate, nested(inside, valuesOf, depth + 1)] as const
    })
  ])
}
