import { ShapeMismatch } from "../../Errors.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Attrs, Id } from "../Graph.ts"
import { broadcast } from "./elementwise.ts"
import type { Builder, Info, Kernel, Lane, Rows } from "./Kernel.ts"

const two = <A>(list: ReadonlyArray<A>, kernel: string): readonly [A, A] => {
  const [a, b] = list
  if (a === undefined || b === undefined) throw new RangeError(`${kernel} takes two inputs`)
  return [a, b]
}

/** Rows and columns of a matrix operand, as it stands in the product. */
const sides = (info: Info, transposed: boolean): readonly [number, number] => {
  const [rows = 1, columns = 1] = info.shape.slice(-2)
  return transposed ? [columns, rows] : [rows, columns]
}

const matMul: Kernel = {
  continuity: "smooth",
  inputs: ["a", "b"],
  attrs: (_, attrs) => ({ transposeA: attrs["transposeA"] === true, transposeB: attrs["transposeB"] === true }),
  infer: (inputs, attrs, kernel) => {
    const [a, b] = two(inputs, kernel)
    const [m, k] = sides(a, attrs["transposeA"] === true)
    const [l, n] = sides(b, attrs["transposeB"] === true)
    if (k !== l)
      throw new ShapeMismatch({
        site: undefined,
        where: "matMul",
        expected: a.shape,
        actual: b.shape,
        advice: `The inner sizes ${k} and ${l} differ.`
      })
    return { shape: [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2), kernel), m, n], dtype: "float32" }
  },
  vectorise: (build, node, lanes, size) => {
    const [a, b] = two(lanes, node.kernel)
    const plain = build.info(b.id).shape.length === 2
    if (a.batched && !b.batched && plain && node.attrs["transposeA"] !== true)
      return oneLargeProduct(build, a.id, b.id, node.attrs)
    const rank = node.shape.length + 1
    return build.add(node.kernel, [withRank(build, a, rank, size), withRank(build, b, rank, size)], node.attrs)
  }
}

/** [B, …, m, k] · [k, n] is one matrix product of B·…·m rows. */
const oneLargeProduct = (build: Builder, a: Id, b: Id, attrs: Attrs): Id => {
  const shape = build.info(a).shape
  const k = shape.at(-1) ?? 1
  const rows = sizeOf(shape.slice(0, -1))
  const flat = build.add("Reshape", [a], { shape: [rows, k] })
  const product = build.add("BatchMatMul", [flat, b], attrs)
  return build.add("Reshape", [product], { shape: [...shape.slice(0, -1), build.info(product).shape.at(-1) ?? 1] })
}

/** Ones are put between the new axis and the matrix, so that batch dimensions broadcast. */
const withRank = (build: Builder, lane: Lane, rank: number, size: number): Id => {
  const { shape } = build.info(lane.id)
  if (shape.length === rank) return lane.id
  const [lead, rest] = lane.batched ? [[size], shape.slice(1)] : [[], shape]
  const ones = Array<number>(rank - lead.length - rest.length).fill(1)
  return build.add("Reshape", [lane.id], { shape: [...lead, ...ones, ...rest] })
}

export const linear: Rows = { BatchMatMul: matMul }
