import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { desugared } from "../../src/trace/desugar.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { record } from "../../src/trace/record.ts"
import { verify } from "../../src/trace/verify.ts"
import { compute, type Numbers, runGraph, tensorOf, useCpu } from "../support/onCpu.ts"

useCpu()

const x: Numbers = { values: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: "float32" }
const classes: Numbers = { values: Int32Array.of(0, 2, -1, 3), shape: [4], dtype: "int32" }

interface Sugar {
  readonly kernel: string
  readonly call: string
  readonly run: (x: tf.Tensor) => tf.Tensor
  readonly input?: Numbers
}

const all = (parts: ReadonlyArray<tf.Tensor>): tf.Tensor =>
  tf.concat(parts.map((part, i) => tf.mul(tf.reshape(part, [-1]), i + 1)))

const cases: ReadonlyArray<Sugar> = [
  { kernel: "ExpandDims", call: "expandDims(0)", run: (x) => tf.expandDims(x, 0) },
  { kernel: "ExpandDims", call: "expandDims(-1)", run: (x) => tf.expandDims(x, -1) },
  { kernel: "ZerosLike", call: "zerosLike", run: tf.zerosLike },
  { kernel: "ZerosLike", call: "zerosLike of integers", run: tf.zerosLike, input: classes },
  { kernel: "OnesLike", call: "onesLike", run: tf.onesLike },
  { kernel: "Fill", call: "fill", run: () => tf.fill([2, 2], 1.5) },
  { kernel: "Fill", call: "fill with integers", run: () => tf.fill([3], 7, "int32") },
  { kernel: "Range", call: "range", run: () => tf.range(0, 5) },
  { kernel: "Range", call: "range in steps", run: () => tf.range(1, 2, 0.25) },
  { kernel: "Range", call: "range downwards in steps", run: () => tf.range(5, 0, -2, "int32") },
  { kernel: "Range", call: "range downwards", run: () => tf.range(5, 0) },
  { kernel: "LinSpace", call: "linspace", run: () => tf.linspace(-1, 1, 5) },
  {
    kernel: "_FusedMatMul",
    call: "fused.matMul",
    run: (x) => tf.fused.matMul({ a: x as tf.Tensor2D, b: tf.transpose(x) as tf.Tensor2D })
  },
  {
    kernel: "_FusedMatMul",
    call: "fused.matMul with a bias and an activation",
    run: (x) =>
      tf.fused.matMul({
        a: x as tf.Tensor2D,
        b: tf.sub(x, 3) as tf.Tensor2D,
        transposeB: true,
        bias: tf.tensor1d([-9, 2]),
        activation: "relu"
      })
  },
  { kernel: "AddN", call: "addN", run: (x) => tf.addN([x, tf.neg(x), tf.square(x)]) },
  { kernel: "SplitV", call: "split in equal parts", run: (x) => all(tf.split(x, 3, 1)) },
  { kernel: "SplitV", call: "split in parts, one of them open", run: (x) => all(tf.split(x, [1, -1], 1)) },
  { kernel: "SplitV", call: "split from the back", run: (x) => all(tf.split(x, [1, 1], -2)) },
  { kernel: "Unpack", call: "unstack", run: (x) => all(tf.unstack(x)) },
  { kernel: "Unpack", call: "unstack(1)", run: (x) => all(tf.unstack(x, 1)) },
  { kernel: "Pack", call: "stack", run: (x) => tf.stack([x, tf.neg(x)]) },
  { kernel: "Pack", call: "stack(-1)", run: (x) => tf.stack([x, tf.neg(x)], -1) },
  { kernel: "OneHot", call: "oneHot", run: (i) => tf.oneHot(i as tf.Tensor1D, 3), input: classes },
  {
    kernel: "OneHot",
    call: "oneHot on and off",
    run: (i) => tf.oneHot(i as tf.Tensor1D, 3, 5, -1, "float32"),
    input: classes
  }
]

describe("an op that is others in disguise is recorded as those, and computes the same", () => {
  it.each(cases)("$call", ({ run, kernel, input = x }) => {
    const graph = verify(
      record((recorder) => ({ y: run(recorder.input("x", input.shape, input.dtype)) })),
      "recording"
    )
    expect(graph.nodes.map((node) => node.kernel)).not.toContain(kernel)
    expect(runGraph(graph, { x: input })["y"]).toEqual(compute(() => run(tensorOf(input))))
  })

  it("there is a case for each of them, and none has a row of its own", () => {
    expect([...new Set(cases.map(({ kernel }) => kernel))].sort()).toEqual(Object.keys(desugared).sort())
    expect(Object.keys(desugared).filter((kernel) => kernel in kernels)).toEqual([])
  })
})
