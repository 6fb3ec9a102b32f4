import * as tf from "@tensorflow/tfjs"
import { allValues } from "../../dist/allValues.ts"
import type { Dist } from "../../dist/Dist.ts"
import { GuideMismatch } from "../../Errors.ts"
import { scan, type Tensors } from "../../tensor/scan.ts"
import { logSumExp } from "../../tensor/special/logSumExp.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { along } from "../../trace/axes.ts"
import { mapValues } from "../../trace/build.ts"
import { descendants, type Graph, type Id, leaf, type Node, nameOf } from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import type { Recorder } from "../../trace/record.ts"
import { capturedInput, scannedInput } from "../../trace/region.ts"
import { recordLeaves, replay } from "../../trace/replay.ts"
import { vectorise } from "../../trace/vectorise.ts"
import { drawBefore, drawnStates, noiseOfStates } from "./drawnStates.ts"
import { enumeratedAxis } from "./names.ts"
import { handOut, type Sequence, type SumOf, type Written } from "./written.ts"

/** A body as it was recorded for one position. */
interface Body {
  readonly before: Tensors
  readonly x: Tensors
  readonly t: Tensor
  readonly next: Tensors
  readonly written: ReadonlyArray<Written>
  readonly sums: ReadonlyArray<SumOf>
}

/** Records the recurrence, outside of the body. */
export type Finish = () => {
  /** the last carry */
  readonly last: Tensors
  /** draws of the sites at each position, if they are wanted */
  readonly draws: ReadonlyMap<string, Tensor>
}

/** The value of a site that is summed out, as the body sees it: one of all its values. */
export const stateOf = (site: string, dist: Dist): { readonly sum: SumOf; readonly state: Tensor } => {
  const [axis, all] = [enumeratedAxis(site), allValues(site, dist)]
  return { sum: { site, axis, all }, state: typed(along(all, axis)) }
}

/** The most values of all summed sites of a position together. */
const limit = 256

const carryOf = (name: string): string => `before:${name}`
const nextOf = (name: string): string => `after:${name}`
const rowOf = (name: string): string => `row:${name}`
const writtenOf = (i: number): string => `written:${i}`
const tableOf = ({ site }: SumOf): string => `table:${site}`
const places = "place"
const statesBefore = "the state before"
const logStates = "log p of the states"
const noiseRow = "noise of a draw"
const beforeRow = "before"

/**
 * The forward algorithm: the states of a position, which are the joint values of its enumerated sites, are summed out as soon as the next position has read them. The carry holds log p(state | what was observed so
 * far), and for each state what the carry of the program is there. One position costs K² evaluations of the body for K states, and the whole sequence T of them (Baum, Petrie, Soules and Weiss 1970).
 *
 * Each log density of the body becomes log p(it | all that was observed before it): these add up to log p of the sequence.
 *
 * @throws GuideMismatch for a carry that remembers more than the last states, and for a named value that has one value for each state
 */
export const summedScan = (
  recorder: Recorder,
  { before, x, t, next, written, sums }: Body,
  init: Tensors,
  { axis, length, xs, drawsStates }: Sequence
): Finish => {
  const body = recorder.body()
  const ids = (tensors: Tensors): Record<string, Id> => mapValues({ ...tensors }, (tensor) => body.idOf(tensor))
  const inputs = new Map<Id, string>([
    ...Object.entries(ids(before)).map(([name, id]) => [id, carryOf(name)] as const),
    ...Object.entries(ids(x)).map(([name, id]) => [id, rowOf(name)] as const),
    [body.idOf(t), places]
  ])
  const afterIds = ids(next)
  const outputs = {
    ...Object.fromEntries(Object.entries(afterIds).map(([name, id]) => [nextOf(name), id])),
    ...Object.fromEntries(written.map(({ value }, i) => [writtenOf(i), body.idOf(value)])),
    ...Object.fromEntries(sums.map((sum) => [tableOf(sum), body.idOf(sum.all)]))
  }
  const graph: Graph = {
    nodes: body.nodes.map((node, id) => {
      const name = inputs.get(id)
      return name === undefined ? node : leaf.input(name, node.shape, node.dtype)
    }),
    outputs
  }
  const names = Object.keys(init)
  const moved = mustBeMarkov(graph, names, written, sums)
  const k = sums.reduce((product, { all }) => product * (all.shape[0] ?? 1), 1)
  if (k > limit)
    throw refused(
      sums,
      `it would have ${k} values together with the other sites that are summed out, and ${limit} is the most`
    )

  const densities = written.flatMap(({ kind }, i) => (kind === "log density" ? [writtenOf(i)] : []))
  const ofStates = new Set([...densities, ...[...moved].map(nextOf)])
  const isTable = ([name]: readonly [string, Id]): boolean => name.startsWith("table:")
  const only = (of: (entry: readonly [string, Id]) => boolean): Graph =>
    prune({ ...graph, outputs: Object.fromEntries(Object.entries(outputs).filter(of)) })
  const lists = only(isTable)
  const added = sums.reduce(
    (each, sum) =>
      vectorise(each, {
        ...{ name: sum.axis, size: sum.all.shape[0] ?? 1, inputs: new Set<string>(), sites: new Set<string>() },
        spread: ofStates
      }),
    only((entry) => !isTable(entry))
  )
  const both = vectorise(added, {
    ...{ name: statesBefore, size: k, inputs: new Set([...moved].map(carryOf)), sites: new Set<string>() },
    spread: new Set(densities)
  })
  const outside = {
    captured: body.captured.map((id, i) => [capturedInput(i), recorder.tensorOf(id)] as const),
    // the first one is the fields of the rows, packed
    scanned: body.scanned.map((id, i) => [scannedInput(i + 1), typed(recorder.tensorOf(id))] as const)
  }

  return () => {
    const start: Record<string, Tensor> = { [logStates]: typed(tf.fill([k], -Math.log(k))) }
    for (const name of names) {
      const first = init[name] as Tensor
      start[carryOf(name)] = moved.has(name)
        ? typed(tf.tile(tf.expandDims(first, 0), [k, ...first.shape.map(() => 1)]))
        : first
    }
    const rows = {
      ...Object.fromEntries(Object.entries(xs).map(([name, all]) => [rowOf(name), all])),
      ...Object.fromEntries(outside.scanned)
    }
    const noise = drawsStates ? noiseOfStates(sums[0]?.site ?? "", k, { axis, length }) : undefined
    const { carry, ys } = scan(
      start,
      { ...rows, ...(noise && { [noiseRow]: noise }) },
      (carried, row, place) => {
        const given = new Map<string, tf.Tensor>([
          ...Object.entries(carried),
          ...Object.entries(row as Tensors),
          ...outside.captured,
          [places, place]
        ])
        const values = replay(both, recordLeaves({ input: notGiven }, given))
        const output = (name: string): tf.Tensor => values[both.outputs[name] ?? -1] as tf.Tensor
        const { log, pairs, terms } = forward(carried[logStates] as Tensor, written, (i) =>
          tf.reshape(output(writtenOf(i)), [k, k])
        )
        const after = names.map((name): readonly [string, Tensor] => {
          const value = output(nextOf(name))
          const shape = [k, ...(init[name]?.shape ?? [])]
          return [carryOf(name), typed(moved.has(name) ? tf.reshape(value, shape) : value)]
        })
        const y = written.map(({ kind }, i): readonly [string, Tensor] => [
          String(i),
          typed(kind === "value" ? output(writtenOf(i)) : (terms.get(i) as tf.Tensor))
        ])
        const drawn = noise && { [beforeRow]: drawBefore(pairs, (row as Tensors)[noiseRow] as Tensor) }
        return {
          carry: { [logStates]: typed(log), ...Object.fromEntries(after) },
          y: { ...Object.fromEntries(y), ...drawn }
        }
      },
      { length }
    )
    handOut(written, ys as Tensors, axis)
    const last = lastCarry(carry, names, moved, sums)
    if (noise === undefined) return { last, draws: new Map() }
    const passed = { last: carry[logStates] as Tensor, noise, before: (ys as Tensors)[beforeRow] as Tensor }
    const draws = drawnStates(sums, passed, {
      rows: Object.fromEntries(Object.entries(rows).filter(([name]) => isInput(lists, name))),
      at: (row, place) => {
        const given = new Map([...Object.entries(row), ...outside.captured, [places, place] as const])
        const values = replay(lists, recordLeaves({ input: notGiven }, given))
        return (sum) => values[lists.outputs[tableOf(sum)] ?? -1] as tf.Tensor
      }
    })
    return { last, draws: new Map([...draws].map(([site, all]) => [site, typed(along(all, axis))])) }
  }
}

const isInput = ({ nodes }: Graph, name: string): boolean =>
  nodes.some((node) => node.kernel === "Input" && nameOf(node) === name)

const notGiven = (name: string): never => {
  throw new RangeError(`the body of a recurrence has an input '${name}' that nothing gives`)
}

/**
 * One step: log p(state, what was observed) from that before, and for each log density its part of log p, given those before it.
 *
 * @param log log p(state before | observed), `[K]`
 * @param density the i-th log density for each pair, `[K before, K now]`
 */
const forward = (
  log: tf.Tensor,
  written: ReadonlyArray<Written>,
  density: (i: number) => tf.Tensor
): { readonly log: tf.Tensor; readonly pairs: tf.Tensor; readonly terms: ReadonlyMap<number, tf.Tensor> } => {
  const scored = written.flatMap(({ kind }, i) => (kind === "log density" ? [i] : []))
  let pairs = tf.expandDims(log, 1)
  let total: tf.Tensor = tf.scalar(0)
  const terms = new Map<number, tf.Tensor>()
  for (const i of scored) {
    pairs = tf.add(pairs, density(i))
    const now = logSumExp(pairs)
    terms.set(i, tf.sub(now, total))
    total = possible(now)
  }
  const joint = logSumExp(pairs, 0)
  return { log: tf.sub(joint, total), pairs, terms }
}

/** After what is impossible in every state all stays −∞, and does not become −∞ + ∞. */
const possible = (log: tf.Tensor): tf.Tensor => tf.maximum(log, -3e38)

/**
 * A carry may depend on the states of its own position, or on no state at all: then the states of one position say all that the next one needs.
 *
 * @returns the parts of the carry that depend on states
 */
const mustBeMarkov = (
  graph: Graph,
  names: ReadonlyArray<string>,
  written: ReadonlyArray<Written>,
  sums: ReadonlyArray<SumOf>
): ReadonlySet<string> => {
  const axes = new Set(sums.map(({ axis }) => axis))
  const isState = ({ kernel, attrs }: Node): boolean => kernel === "Along" && axes.has(String(attrs["axis"]))
  const isCarry = (parts: ReadonlySet<string>) => {
    const given = new Set([...parts].map(carryOf))
    return (node: Node): boolean => node.kernel === "Input" && given.has(nameOf(node))
  }
  const reaches = (isSource: (node: Node) => boolean): ((output: string) => boolean) => {
    const found = descendants(
      graph,
      graph.nodes.flatMap((node, id) => (isSource(node) ? [id] : []))
    )
    return (output) => found.has(graph.outputs[output] ?? -1)
  }
  let moved: ReadonlySet<string> = new Set()
  for (;;) {
    const hasMoved = isCarry(moved)
    const moves = reaches((node) => isState(node) || hasMoved(node))
    const next = new Set(names.filter((name) => moves(nextOf(name))))
    if (next.size === moved.size) break
    moved = next
  }
  const hasMoved = isCarry(moved)
  const remembers = reaches(hasMoved)
  const depends = reaches((node) => isState(node) || hasMoved(node))
  for (const name of moved)
    if (remembers(nextOf(name)))
      throw refused(
        sums,
        `the next '${name}' of the carry depends on the state of this position and on an earlier one, so that it would have more and more values. Let the carry hold the new state alone, or make one site of both`
      )
  written.forEach(({ kind }, i) => {
    if (kind === "value" && depends(writtenOf(i)))
      throw refused(
        sums,
        "a named value of its recurrence depends on it, and has no value of its own: it is summed out"
      )
  })
  const all = reaches((node) => isState(node) || isCarry(new Set(names))(node))
  if (sums.some((sum) => all(tableOf(sum)))) throw refused(sums, "the list of its values depends on the carry")
  return moved
}

/** The last carry. A part that depends on states has no value: they were summed out. */
const lastCarry = (
  carry: Tensors,
  names: ReadonlyArray<string>,
  moved: ReadonlySet<string>,
  sums: ReadonlyArray<SumOf>
): Tensors => {
  const last: Record<string, Tensor> = {}
  for (const name of names)
    Object.defineProperty(last, name, {
      enumerable: !moved.has(name),
      get: () => {
        if (moved.has(name))
          throw refused(
            sums,
            `the last '${name}' of the carry depends on it, and has no value of its own: it is summed out`
          )
        return carry[carryOf(name)]
      }
    })
  return last
}

const refused = ([first]: ReadonlyArray<SumOf>, reason: string): GuideMismatch =>
  new GuideMismatch({ site: first?.site ?? "", reason })
