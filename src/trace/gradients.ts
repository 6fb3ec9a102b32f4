import * as tf from "@tensorflow/tfjs"
import { sumTo } from "../tensor/sumTo.ts"
import { sizeOf } from "../tensor/Tensor.ts"
import type { Attrs } from "./Graph.ts"
import { axesOf } from "./kernels/KernelRow.ts"
import { scanOf } from "./region.ts"
import { scanGradient } from "./scanGradient.ts"

type Gradient = Parameters<typeof tf.registerGradient>[0]
type Saved = ReadonlyArray<tf.Tensor>

let corrected: ReadonlyArray<Gradient> | undefined

/**
 * Registers the gradients that tfjs (4.22) lacks, and replaces those that throw or are wrong: those of broadcast operands in `Maximum`, `Minimum`,
 * `SquaredDifference`, `Prelu` and `BatchMatMul`; of `Cumsum` over an axis that is not the last; of `Select`, which multiplies a slope that is not taken by 0 (NaN·0 is NaN); of `Cast` to integers and `FloorDiv`, which jump; of
 * computed indices in `GatherV2`; of segments that do not exist; and of `Tile`, for which tfjs writes one slice for each repetition and stops at rank
 * 4.
 */
export const registerGradients = (): void => {
  corrected ??= [...constants, ...right, ...withoutIndices(), ofScan]
  // a second copy of tfjs that is loaded later, such as one that tfjs-node brings, registers its own again
  for (const gradient of corrected) if (tf.getGradient(gradient.kernelName) !== gradient) tf.registerGradient(gradient)
}

/** All gradients of a recurrence come out of one reverse recurrence, made when the first of them is asked for. */
const ofScan: Gradient = {
  kernelName: "Scan",
  saveAllInputs: true,
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const inputs = saved.slice(0, -1)
    const value = saved.at(-1) as tf.Tensor
    let found: ReadonlyArray<tf.Tensor | undefined> | undefined
    return Object.fromEntries(
      inputs.map((x, i) => [
        String(i),
        () => {
          found ??= scanGradient(dy as tf.Tensor, inputs, value, scanOf({ attrs: attrs as Attrs }))
          return found[i] ?? tf.zeros(x.shape)
        }
      ])
    )
  }
}

const flat = (names: ReadonlyArray<string>) => (kernelName: string) => ({
  kernelName,
  inputsToSave: [...names],
  gradFunc: (_: tf.Tensor | Array<tf.Tensor>, saved: Array<tf.Tensor>) =>
    Object.fromEntries(saved.map((input, i) => [names[i] ?? "x", () => tf.zeros(input.shape)]))
})

/** Kernels whose output is constant almost everywhere, and `StopGradient`. */
const constants: ReadonlyArray<Gradient> = [
  ...["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr", "FloorDiv"].map(
    flat(["a", "b"])
  ),
  ...["LogicalNot", "IsNan", "IsInf", "IsFinite", "StopGradient", "ArgMax", "ArgMin", "All", "Any"].map(flat(["x"]))
]

const on = (kernelName: string, names: ReadonlyArray<string>, derivatives: Derivatives, y = false): Gradient => ({
  kernelName,
  inputsToSave: [...names],
  outputsToSave: [y],
  gradFunc: (dy, saved, attrs) => {
    const parts = derivatives(dy as tf.Tensor, saved, attrs as Attributes)
    return Object.fromEntries(names.map((name, i) => [name, parts[i] ?? (() => tf.zerosLike(dy as tf.Tensor))]))
  }
})

type Attributes = Readonly<Record<string, unknown>>
/** The gradient of each input, from that of the output, the inputs (and the output), and the attributes. */
type Derivatives = (dy: tf.Tensor, saved: Saved, attrs: Attributes) => ReadonlyArray<() => tf.Tensor>

const two = (saved: Saved): readonly [tf.Tensor, tf.Tensor] => saved as unknown as readonly [tf.Tensor, tf.Tensor]

/** The gradient of rows: each row gets that of its segment, or 0 if its segment does not exist. */
const gatherSegments = (dy: tf.Tensor, ids: tf.Tensor): tf.Tensor => {
  const last = (dy.shape[0] ?? 1) - 1
  const rows = tf.gather(dy, tf.cast(tf.clipByValue(ids, 0, last), "int32") as tf.Tensor1D)
  const exists = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.lessEqual(ids, last))
  const column = tf.reshape(exists, [...ids.shape, ...Array<number>(rows.rank - ids.rank).fill(1)])
  return tf.mul(rows, tf.cast(column, "float32"))
}

/** The larger of two numbers, or the smaller: the gradient goes to the one that is the result. */
const extreme =
  (first: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Derivatives =>
  (dy, saved) => {
    const [a, b] = two(saved)
    const part = (taken: tf.Tensor, x: tf.Tensor) => sumTo(tf.mul(dy, tf.cast(taken, "float32")), x.shape)
    return [() => part(first(a, b), a), () => part(tf.logicalNot(first(a, b)), b)]
  }

/** The largest of several, or the smallest: equal ones share the gradient, so that the derivative of max(a, a) is 1. In tfjs each of them gets all of it. */
const sharedByTies: Derivatives = (dy, [x, y], { axis, reductionIndices }) => [
  () => {
    const given = x as tf.Tensor
    const axes = axesOf(axis ?? reductionIndices, given.rank)
    const kept = given.shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
    const taken = tf.cast(tf.equal(given, tf.reshape(y as tf.Tensor, kept)), "float32")
    return tf.mul(tf.reshape(dy, kept), tf.div(taken, tf.sum(taken, [...axes], true)))
  }
]

const right: ReadonlyArray<Gradient> = [
  on("Select", ["condition", "t", "e"], (dy, [condition]) => {
    const [taken, none] = [condition as tf.Tensor, () => tf.zerosLike(dy)]
    return [none, () => tf.where(taken, dy, none()), () => tf.where(taken, none(), dy)]
  }),
  on("Maximum", ["a", "b"], extreme(tf.greaterEqual)),
  on("Minimum", ["a", "b"], extreme(tf.lessEqual)),
  on("SquaredDifference", ["a", "b"], (dy, saved) => {
    const [a, b] = two(saved)
    const slope = (): tf.Tensor => tf.mul(dy, tf.mul(2, tf.sub(a, b)))
    return [() => sumTo(slope(), a.shape), () => sumTo(tf.neg(slope()), b.shape)]
  }),
  on("Prelu", ["x", "alpha"], (dy, saved) => {
    const [x, alpha] = two(saved)
    const above = (): tf.Tensor => tf.cast(tf.greater(x, 0), "float32")
    const below = (): tf.Tensor => tf.cast(tf.lessEqual(x, 0), "float32")
    return [
      () => sumTo(tf.mul(dy, tf.add(above(), tf.mul(below(), alpha))), x.shape),
      () => sumTo(tf.mul(dy, tf.mul(below(), x)), alpha.shape)
    ]
  }),
  on("BatchMatMul", ["a", "b"], (dy, saved, { transposeA, transposeB }) => {
    const [a, b] = two(saved)
    const [ta, tb] = [transposeA === true, transposeB === true]
    return [
      () => sumTo(ta ? tf.matMul(b, dy, tb, true) : tf.matMul(dy, b, false, !tb), a.shape),
      () => sumTo(tb ? tf.matMul(dy, a, true, ta) : tf.matMul(a, dy, !ta, false), b.shape)
    ]
  }),
  on("Cumsum", ["x"], (dy, _, { axis, exclusive, reverse }) => [
    () => tf.cumsum(dy, Number(axis), exclusive === true, reverse !== true)
  ]),
  on(
    "Cumprod",
    ["x"],
    (dy, [x, y], { axis, exclusive, reverse }) => [
      () =>
        tf.div(
          tf.cumsum(tf.mul(dy, y as tf.Tensor), Number(axis), exclusive === true, reverse !== true),
          x as tf.Tensor
        )
    ],
    true
  ),
  ...["Max", "Min"].map((kernel) => on(kernel, ["x"], sharedByTies, true)),
  on("Cast", ["x"], (dy, [x], { dtype }) => [
    () => (dtype === "float32" ? tf.clone(dy) : tf.zeros((x as tf.Tensor).shape))
  ]),
  on("Tile", ["x"], (dy, [x], { reps }) => [
    () =>
      (reps as ReadonlyArray<number>).reduce((grad, times, axis) => {
        const size = (x as tf.Tensor).shape[axis] ?? 1
        const [before, after] = [grad.shape.slice(0, axis), grad.shape.slice(axis + 1)]
        if (times === 1) return grad
        return tf.reshape(tf.sum(tf.reshape(grad, [sizeOf(before), times, size, sizeOf(after)]), 1), [
          ...before,
          size,
          ...after
        ])
      }, dy)
  ]),
  {
    kernelName: "UnsortedSegmentSum",
    inputsToSave: ["segmentIds"],
    gradFunc: (dy, [ids]) => ({ x: () => gatherSegments(dy as tf.Tensor, ids as tf.Tensor) })
  }
]

/** The gradient by indices is 0. tfjs returns the indices themselves, and throws if they depend on a differentiated value. */
const withoutIndices = (): ReadonlyArray<Gradient> => {
  const known = tf.getGradient("GatherV2")
  return known === undefined
    ? []
    : [
        {
          ...known,
          gradFunc: (dy, saved, attrs) => ({
            ...known.gradFunc(dy, saved, attrs),
            indices: () => tf.zeros(saved[1]?.shape ?? [])
          })
        }
      ]
}
