import { firstPlace, type Pieces } from "../../data/pieces.ts"
import { DataFormat } from "../../Errors.ts"
import { type Graph, nodeAt } from "../../trace/Graph.ts"
import { dataReadBy } from "../joint/knownRanges.ts"
import { inputName } from "../joint/names.ts"
import type { Prepared } from "../run/prepared.ts"

/**
 * Checks the data that a program uses as positions in a tensor, as in `at(x, row.group)`. They must be valid positions, because engines read
 * different values at invalid ones. Row `from` of a plate is the first one here.
 *
 * @throws DataFormat that names the first row with an invalid position
 */
export function* checkIndices(graph: Graph, { plates, globals }: Prepared, from = 0): Pieces<void> {
  const given = new Map([
    ...Object.entries(globals).map(([site, rows]) => [inputName(site), { path: site, rows }] as const),
    ...Object.entries(plates).flatMap(([plate, fields]) =>
      Object.entries(fields).map(
        ([name, rows]) => [inputName(name, plate), { path: `${plate}.${name}`, rows }] as const
      )
    )
  ])
  for (const { kernel, inputs, attrs } of graph.nodes) {
    const [x, index] = inputs
    if (kernel !== "GatherV2" || x === undefined || index === undefined) continue
    const input = dataReadBy(graph, index)
    const data = input === undefined ? undefined : given.get(input)
    if (data === undefined) continue
    const entries = nodeAt(graph, x).shape[Number(attrs["axis"])] ?? 0
    const { values, size, scale } = data.rows
    const place = yield* firstPlace(values.length, (i) => !isPosition((values[i] ?? Number.NaN) * scale, entries))
    if (place === undefined) continue
    const row = from + Math.floor(place / Math.max(1, values.length / size))
    throw new DataFormat({
      path: `data.${data.path}`,
      reason: `row ${row} holds ${(values[place] ?? Number.NaN) * scale}, but the program reads it as a position among ${entries} entries`,
      advice: `Give whole numbers from 0 to ${entries - 1}.`
    })
  }
}

const isPosition = (x: number, entries: number): boolean => Number.isInteger(x) && x >= 0 && x < entries
