/** A thing to be placed: a node of the given size, in plates one inside of the other. */
export interface Placeable {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** The middle of a thing, and its size. */
export interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** A picture's numbers: y grows downwards, and all lies between 0 and the size. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly nodes: ReadonlyMap<string, Box>
  /** outer ones first */
  readonly plates: ReadonlyArray<Box & { readonly label: string }>
  /** the ways of the edges around what stands between: from the middle of a node to that of another */
  readonly edges: ReadonlyArray<{ readonly from: string; readonly to: string; readonly way: ReadonlyArray<Point> }>
}

/** Distances, in pixels. */
const gap = { across: 26, down: 44, plate: 16, label: 22, way: 14 }

/**
 * Places the nodes of an acyclic graph in rows, each below all that lead to it (Sugiyama, Tagawa and Toda 1981: layers by the longest way, dummy nodes on edges that pass a layer, order and places by
 * neighbours' means). A plate is placed on its own, and then stands as one node among its neighbours, so that no box holds a node of another plate.
 *
 * @param edges pairs of names, each from an earlier node of the list to a later one
 * @param widthOf the width that the label of a plate needs
 */
export const layout = (
  nodes: ReadonlyArray<Placeable>,
  edges: ReadonlyArray<readonly [from: string, to: string]>,
  widthOf: (label: string) => number
): Layout => {
  const placed = placeLevel(nodes, edges, widthOf, 0)
  const margin = gap.plate
  const shift = (point: Point): Point => ({ x: point.x + margin, y: point.y + margin })
  return {
    width: placed.width + 2 * margin,
    height: placed.height + 2 * margin,
    nodes: new Map([...placed.nodes].map(([name, box]) => [name, { ...box, ...shift(box) }])),
    plates: placed.plates.map((box) => ({ ...box, ...shift(box) })),
    edges: edges.map(([from, to]) => ({
      ...{ from, to },
      way: [placed.nodes.get(from), ...(placed.ways.get(key(from, to)) ?? []), placed.nodes.get(to)].flatMap((point) =>
        point === undefined ? [] : [shift(point)]
      )
    }))
  }
}

const key = (from: string, to: string): string => JSON.stringify([from, to])

interface Level {
  readonly width: number
  readonly height: number
  readonly nodes: ReadonlyMap<string, Box>
  readonly plates: Layout["plates"]
  /** the points that edges pass, by their ends */
  readonly ways: ReadonlyMap<string, ReadonlyArray<Point>>
}

/** One node, or one plate with all that it holds. */
interface Item {
  readonly names: ReadonlySet<string>
  readonly width: number
  readonly height: number
  /** what it holds, with the place of that inside of it */
  readonly inside: (Level & { readonly label: string }) | undefined
}

/** A place in a row: an item's, or that where an edge passes. */
interface Cell {
  readonly item: number | undefined
  readonly width: number
  readonly up: Array<Cell>
  readonly down: Array<Cell>
  x: number
}

const placeLevel = (
  nodes: ReadonlyArray<Placeable>,
  edges: ReadonlyArray<readonly [string, string]>,
  widthOf: (label: string) => number,
  depth: number
): Level => {
  const items = itemsOf(nodes, edges, widthOf, depth)
  const itemOf = new Map(items.flatMap(({ names }, i) => [...names].map((name) => [name, i] as const)))
  const between = edges.flatMap(([from, to]) => {
    const [a, b] = [itemOf.get(from), itemOf.get(to)]
    return a === undefined || b === undefined || a === b ? [] : [{ a, b }]
  })
  const rank = ranks(items.length, between)
  const count = Math.max(0, ...rank) + 1
  const rows = Array.from({ length: count }, (): Array<Cell> => [])
  const cells = items.map(({ width }, item): Cell => ({ item, width, up: [], down: [], x: 0 }))
  cells.forEach((cell, i) => void rows[rank[i] ?? 0]?.push(cell))
  const passes = new Map<string, ReadonlyArray<Cell>>()
  for (const [from, to] of edges) {
    const [a, b] = [itemOf.get(from), itemOf.get(to)]
    if (a === b) continue
    // an edge that comes from outside passes all rows above its end, and one that leaves all below its beginning
    const [first, last] = [a === undefined ? 0 : (rank[a] ?? 0) + 1, b === undefined ? count : (rank[b] ?? 0)]
    const through = Array.from({ length: Math.max(0, last - first) }, (_, i): Cell => {
      const cell: Cell = { item: undefined, width: gap.way, up: [], down: [], x: 0 }
      rows[first + i]?.push(cell)
      return cell
    })
    passes.set(key(from, to), through)
    const way = [cells[a ?? -1], ...through, cells[b ?? -1]].flatMap((cell) => (cell === undefined ? [] : [cell]))
    way.slice(1).forEach((cell, i) => {
      const before = way[i]
      if (before === undefined) return
      before.down.push(cell)
      cell.up.push(before)
    })
  }
  arrange(rows)
  const heights = rows.map((row) => Math.max(0, ...row.map(({ item }) => items[item ?? -1]?.height ?? 0)))
  const middles = heights.map((height, i) => heights.slice(0, i).reduce((sum, h) => sum + h + gap.down, height / 2))
  const all = rows.flat()
  const left = Math.min(...all.map(({ x, width }) => x - width / 2))
  const right = Math.max(...all.map(({ x, width }) => x + width / 2))
  const middle = new Map(rows.flatMap((row, i) => row.map((cell) => [cell, middles[i] ?? 0] as const)))
  const point = (cell: Cell): Point => ({ x: cell.x - left, y: middle.get(cell) ?? 0 })
  const found = {
    nodes: new Map<string, Box>(),
    plates: [] as Array<Layout["plates"][number]>,
    ways: new Map<string, ReadonlyArray<Point>>([...passes].map(([edge, through]) => [edge, through.map(point)]))
  }
  items.forEach((item, i) => {
    const cell = cells[i]
    if (cell !== undefined) putItem(item, point(cell), found)
  })
  return { ...found, width: right - left, height: heights.reduce((sum, h) => sum + h + gap.down, -gap.down) }
}

interface Found {
  readonly nodes: Map<string, Box>
  readonly plates: Array<Layout["plates"][number]>
  readonly ways: Map<string, ReadonlyArray<Point>>
}

const putItem = ({ names, width, height, inside }: Item, at: Point, found: Found): void => {
  if (inside === undefined) {
    for (const name of names) found.nodes.set(name, { ...at, width, height })
    return
  }
  const shift = ({ x, y }: Point): Point => ({
    x: x + at.x - inside.width / 2,
    y: y + at.y - height / 2 + gap.plate
  })
  found.plates.push({ ...at, width, height, label: inside.label })
  for (const [name, box] of inside.nodes) found.nodes.set(name, { ...box, ...shift(box) })
  for (const box of inside.plates) found.plates.push({ ...box, ...shift(box) })
  for (const [edge, way] of inside.ways) {
    const all = [...(found.ways.get(edge) ?? []), ...way.map(shift)]
    found.ways.set(
      edge,
      all.sort((a, b) => a.y - b.y)
    )
  }
}

/** The nodes that stand in no plate of this depth, and each such plate with all that it holds, in their order. */
const itemsOf = (
  nodes: ReadonlyArray<Placeable>,
  edges: ReadonlyArray<readonly [string, string]>,
  widthOf: (label: string) => number,
  depth: number
): ReadonlyArray<Item> => {
  const groups = new Map<string, Array<Placeable>>()
  for (const node of nodes) {
    const group = JSON.stringify(node.plates.length > depth ? ["plate", node.plates[depth]] : ["node", node.name])
    groups.set(group, [...(groups.get(group) ?? []), node])
  }
  return [...groups.values()].map((members): Item => {
    const names = new Set(members.map(({ name }) => name))
    const [first] = members
    const label = first?.plates[depth]
    if (first !== undefined && label === undefined) return { ...first, names, inside: undefined }
    const inside = { ...placeLevel(members, edges, widthOf, depth + 1), label: label ?? "" }
    const width = Math.max(inside.width, widthOf(inside.label)) + 2 * gap.plate
    return { names, inside, width, height: inside.height + 2 * gap.plate + gap.label }
  })
}

interface Between {
  readonly a: number
  readonly b: number
}

/** The row of each item: below all that lead to it; one that nothing leads to stands directly above what it leads to first. */
const ranks = (count: number, between: ReadonlyArray<Between>): ReadonlyArray<number> => {
  const rank = Array<number>(count).fill(0)
  for (let b = 0; b < count; b++)
    for (const edge of between)
      if (edge.b === b && edge.a < b) rank[b] = Math.max(rank[b] ?? 0, (rank[edge.a] ?? 0) + 1)
  for (let a = 0; a < count; a++) {
    const next = between.filter((edge) => edge.a === a).map(({ b }) => rank[b] ?? 0)
    if (next.length > 0 && !between.some((edge) => edge.b === a)) rank[a] = Math.max(0, Math.min(...next) - 1)
  }
  return rank
}

/** Orders each row by where its neighbours stand, and moves its cells towards them, as far as they keep apart. */
const arrange = (rows: ReadonlyArray<Array<Cell>>): void => {
  const mean = (cells: ReadonlyArray<Cell>, otherwise: number): number =>
    cells.length === 0 ? otherwise : cells.reduce((sum, { x }) => sum + x, 0) / cells.length
  const spread = (row: Array<Cell>, wanted: (cell: Cell) => number): void => {
    const goals = row.map(wanted)
    let edge = Number.NEGATIVE_INFINITY
    row.forEach((cell, i) => {
      cell.x = Math.max(goals[i] ?? 0, edge + cell.width / 2)
      edge = cell.x + cell.width / 2 + gap.across
    })
    // as a whole the row stands where it wants to
    const off = row.reduce((sum, { x }, i) => sum + x - (goals[i] ?? 0), 0) / Math.max(1, row.length)
    for (const cell of row) cell.x -= off
  }
  for (const row of rows) spread(row, () => 0)
  for (let sweep = 0; sweep < 8; sweep++) {
    const down = sweep % 2 === 0
    for (const row of down ? rows : rows.toReversed()) {
      const goal = (cell: Cell): number => mean(down ? cell.up : cell.down, cell.x)
      row.sort((a, b) => goal(a) - goal(b))
      spread(row, goal)
    }
  }
  for (const row of rows) spread(row, (cell) => mean([...cell.up, ...cell.down], cell.x))
}
