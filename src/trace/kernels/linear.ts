import { ShapeMismatch } from "../../Errors.ts"
import { anything } from "../../tensor/Interval.ts"
import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Id } from "../Graph.ts"
import { multiply, times } from "../ranges/arithmetic.ts"
import { smooth } from "./continuityRules.ts"
import { broadcast } from "./elementwise.ts"
import type { Builder, Info, KernelRow, Lane, Rows } from "./KernelRow.ts"

const two = <A>(list: ReadonlyArray<A>, kernel: string): readonly [A, A] => {
  const [a, b] = list
  if (a === undefined || b === undefined) throw new RangeError(`${kernel} takes two inputs`)
  return [a, b]
}

/** Rows and columns of a matrix operand in the product, after its transpose if any. */
const sides = (info: Info, transposed: boolean): readonly [number, number] => {
  const [rows = 1, columns = 1] = info.shape.slice(-2)
  return transposed ? [columns, rows] : [rows, columns]
}

/** Refuses stacks of matrices whose dimensions broadcast separately, because tfjs's cpu kernel multiplies the wrong pairs. */
const outerOf = (a: Shape, b: Shape): Shape => {
  const outer = broadcast(a, b, "matMul")
  if (![a, b].every((side) => sizeOf(side) === 1 || sizeOf(side) === sizeOf(outer)))
    throw new ShapeMismatch({
      site: undefined,
      where: "matMul",
      expected: a,
      actual: b,
      advice: "Give both stacks of matrices the same outer dimensions, with tf.tile."
    })
  return outer
}

const matMul: KernelRow = {
  continuity: smooth,
  range: ([a = anything, b = anything], { attrs }, [shape = []]) =>
    times(multiply(a, b), shape.at(attrs["transposeA"] === true ? -2 : -1) ?? 1),
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
    return { shape: [...outerOf(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n], dtype: "float32" }
  },
  vectorise: (build, node, lanes, size) => {
    const [a, b] = two(lanes, node.kernel)
    const matrix = (lane: Lane): boolean => !lane.batched && build.info(lane.id).shape.length === 2
    const [transposeA, transposeB] = [node.attrs["transposeA"] === true, node.attrs["transposeB"] === true]
    if (matrix(b)) return oneLargeProduct(build, transposeA ? flip(build, a.id) : a.id, b.id, transposeB)
    if (matrix(a)) {
      const rows = transposeB ? b.id : flip(build, b.id)
      return flip(build, oneLargeProduct(build, rows, a.id, !transposeA))
    }
    const outer = [size, ...node.shape.slice(0, -2)]
    return build.add(node.kernel, [withOuter(build, a, outer), withOuter(build, b, outer)], node.attrs)
  }
}

/** [B, …, m, k] · [k, n] is one matrix product of B·…·m rows. */
const oneLargeProduct = (build: Builder, a: Id, b: Id, transposeB: boolean): Id => {
  const shape = build.info(a).shape
  const k = shape.at(-1) ?? 1
  const rows = sizeOf(shape.slice(0, -1))
  const flat = build.add("Reshape", [a], { shape: [rows, k] })
  const product = build.add("BatchMatMul", [flat, b], { transposeA: false, transposeB })
  return build.add("Reshape", [product], { shape: [...shape.slice(0, -1), build.info(product).shape.at(-1) ?? 1] })
}

/** The transposes of all matrices in a stack. */
const flip = (build: Builder, x: Id): Id => {
  const axes = build.info(x).shape.map((_, i) => i)
  return build.add("Transpose", [x], { perm: [...axes.slice(0, -2), ...axes.slice(-2).reverse()] })
}

/** Repeats a stack of matrices over all outer dimensions, with the new axis first. */
const withOuter = (build: Builder, lane: Lane, outer: Shape): Id => {
  const { shape } = build.info(lane.id)
  const [own, matrix] = [shape.slice(lane.batched ? 1 : 0, -2), shape.slice(-2)]
  const lead = lane.batched ? outer.slice(0, 1) : [1]
  const ones = Array<number>(outer.length - 1 - own.length).fill(1)
  const full = [...lead, ...ones, ...own]
  const reshaped = build.add("Reshape", [lane.id], { shape: [...full, ...matrix] })
  const reps = outer.map((n, i) => n / (full[i] ?? 1))
  return reps.every((n) => n === 1) ? reshaped : build.add("Tile", [reshaped], { reps: [...reps, 1, 1] })
}

export const linear: Rows = { BatchMatMul: matMul }
