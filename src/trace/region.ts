import { type Attrs, type Graph, type Id, type Node, nodeAt } from "./Graph.ts"

/**
 * A recurrence as one node, `Scan`: its graph (the body) runs once for each position of a leading axis. Its inputs are the first carry `[…, C]`, then
 * the values that are read position by position (`scanned`, each `[T, …]`), then those that are the same at each position (`captured`). The body
 * returns the next carry `[…, C]` and a row `[…, E]`. The node's value contains the last carry and all rows, along its last axis: `[…, C + T·E]`.
 */
export interface Scan {
  readonly body: Graph
  readonly length: number
  /** the number of inputs that are read position by position */
  readonly scanned: number
  /** whether it runs from the last position to the first; the rows keep the order of their positions */
  readonly reverse: boolean
  /** whether each row begins with the carry after its position */
  readonly held: boolean
  /** the inputs whose gradients are needed; all of them if left out */
  readonly wanted?: ReadonlyArray<number>
}

/** The names of a body's inputs. */
export const carryInput = "carry"
export const scannedInput = (i: number): string => `scanned:${i}`
export const capturedInput = (i: number): string => `captured:${i}`

/** The name of the body's input for the i-th input of a node. */
export const bodyInput = (i: number, { scanned }: Pick<Scan, "scanned">): string =>
  i === 0 ? carryInput : i <= scanned ? scannedInput(i - 1) : capturedInput(i - 1 - scanned)

export const isScan = ({ kernel }: Pick<Node, "kernel">): boolean => kernel === "Scan"

export const scanOf = ({ attrs }: Pick<Node, "attrs">): Scan => attrs as unknown as Scan

export const scanAttrs = (scan: Scan): Attrs => ({ ...scan })

/** An output of a body. */
export const outputOf = ({ body }: Pick<Scan, "body">, name: "carry" | "row"): Id => {
  const id = body.outputs[name]
  if (id === undefined) throw new RangeError(`the body of a scan has no output '${name}'`)
  return id
}

/** The number of values in a carry and in a row. */
export const widths = (scan: Pick<Scan, "body">): { readonly carry: number; readonly row: number } => ({
  carry: nodeAt(scan.body, outputOf(scan, "carry")).shape.at(-1) ?? 1,
  row: nodeAt(scan.body, outputOf(scan, "row")).shape.at(-1) ?? 1
})

/** The positions, in the order of the run. */
export const positions = ({ length, reverse }: Pick<Scan, "length" | "reverse">): ReadonlyArray<number> => {
  const order = Array.from({ length }, (_, t) => t)
  return reverse ? order.reverse() : order
}

/** A graph with the bodies of its recurrences changed. */
export const mapBodies = (graph: Graph, f: (body: Graph) => Graph): Graph =>
  graph.nodes.some(isScan)
    ? {
        ...graph,
        nodes: graph.nodes.map((node) =>
          isScan(node) ? { ...node, attrs: { ...node.attrs, body: f(mapBodies(scanOf(node).body, f)) } } : node
        )
      }
    : graph

/** All nodes of a graph, including those of bodies. */
export const allNodes = (nodes: ReadonlyArray<Node>): ReadonlyArray<Node> =>
  nodes.flatMap((node) => (isScan(node) ? [node, ...allNodes(scanOf(node).body.nodes)] : [node]))
