import type { Shape } from "../../src/tensor/Tensor.ts"
import { type Attrs, type DType, type Graph, type Id, leaf, type Node } from "../../src/trace/Graph.ts"
import { verify } from "../../src/trace/verify.ts"

/** Writes a graph down as plain data, with no tensor and no backend; each call gives the place of the node that it adds. */
export interface Pen {
  readonly input: (name: string, shape: Shape) => Id
  /** a constant of the given numbers, or of one number repeated */
  readonly constant: (values: number | ReadonlyArray<number>, shape?: Shape) => Id
  readonly noise: (site: string, shape: Shape) => Id
  /** a kernel call; its shape is that of its first input unless it is given */
  readonly call: (
    kernel: string,
    inputs: ReadonlyArray<Id>,
    attrs?: Attrs,
    info?: { shape?: Shape; dtype?: DType }
  ) => Id
}

export const plainGraph = (write: (pen: Pen) => Readonly<Record<string, Id>>): Graph => {
  const nodes: Array<Node> = []
  const push = (node: Node): Id => nodes.push(node) - 1
  const outputs = write({
    input: (name, shape) => push(leaf.input(name, shape)),
    noise: (site, shape) => push(leaf.noise("normal", site, shape)),
    constant: (values, shape = []) => {
      const size = shape.reduce((product, n) => product * n, 1)
      const numbers = typeof values === "number" ? new Float32Array(size).fill(values) : Float32Array.from(values)
      return push(leaf.constant(numbers, shape, "float32"))
    },
    call: (kernel, inputs, attrs = {}, info = {}) => {
      const first = nodes[inputs[0] ?? -1]
      const names = inputs.map((_, i) => (kernel === "Concat" ? String(i) : inputs.length === 1 ? "x" : "ab".charAt(i)))
      return push({
        kernel,
        inputs,
        names,
        attrs,
        shape: info.shape ?? first?.shape ?? [],
        dtype: info.dtype ?? first?.dtype ?? "float32"
      })
    }
  })
  return verify({ nodes, outputs }, "writing it down")
}
