import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { DuplicateSite, ShapeMismatch, TracedRead, UnsupportedKernel } from "../../src/Errors.ts"
import { Key, normal, uniform } from "../../src/tensor/random.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { print } from "../../src/trace/Graph.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { recorderName } from "../../src/trace/RecordingBackend.ts"
import { record } from "../../src/trace/record.ts"
import { recordAgain } from "../../src/trace/replay.ts"
import { markSample } from "../../src/trace/stopGradient.ts"
import { runGraph, useCpu } from "../support/onCpu.ts"

useCpu()

const x = [2, 3]

/** What a program throws when it is recorded with one input of shape [2, 3]. */
const thrownBy = (program: (x: tf.Tensor) => tf.Tensor): unknown => {
  try {
    record((recorder) => ({ y: program(recorder.input("x", x)) }))
  } catch (error) {
    return error
  }
  return "nothing was thrown"
}

/** The line of this file that called the caller: `0` for the line of the call itself. */
const line = (callers = 0): number =>
  Number(new Error().stack?.split("\n")[2 + callers]?.match(/record\.test\.ts:(\d+)/)?.[1])

describe("a recording", () => {
  it("holds inputs, constants, draws and kernels in the order of the program", () => {
    const graph = record((recorder) => {
      const z = markSample(tf.add(recorder.input("loc", [2]), normal(Key.of(0, "z"), [2])), "z")
      return { loss: tf.sum(tf.mul(z, 3)), z }
    })
    expect(print(graph)).toMatchInlineSnapshot(`
      "%0 = Input() {name="loc"} : float32[2]
      %1 = Noise() {law="normal", site="z"} : float32[2]
      %2 = Add(%0, %1) : float32[2]
      %3 = Sample(%2) {site="z"} : float32[2]
      %4 = Const() {values=[3]} : float32[]
      %5 = Multiply(%3, %4) : float32[2]
      %6 = Sum(%5) {axis=[0], keepDims=false} : float32[]
      return loss = %6, z = %3"
    `)
  })

  it("takes a tensor that was made before it as a constant, once", () => {
    const before = tf.tensor1d([1, 2])
    const graph = record((recorder) => ({ y: tf.add(tf.mul(recorder.input("x", [2]), before), before) }))
    before.dispose()
    expect(graph.nodes.filter((node) => node.kernel === "Const")).toHaveLength(1)
  })

  it("keeps its own copy of a constant, which the program may go on to change", () => {
    const values = Float32Array.of(1, 2)
    const graph = record(() => ({ y: tf.neg(tf.tensor1d(values)) }))
    values[0] = 9
    expect(graph.nodes[0]?.attrs["values"]).toEqual(Float32Array.of(1, 2))
  })

  it("records a clone as the value that it is a clone of", () => {
    const graph = record((recorder) => ({ y: tf.clone(tf.clone(recorder.input("x", x))) }))
    expect(graph).toEqual({ nodes: [expect.objectContaining({ kernel: "Input" })], outputs: { y: 0 } })
  })

  it("gives the graph so far, and the node and the tensor of each other", () => {
    record((recorder) => {
      const y = tf.neg(recorder.input("x", x))
      const id = recorder.idOf(y)
      expect(recorder.graph().nodes[id]?.kernel).toBe("Neg")
      expect(recorder.idOf(recorder.tensorOf(id))).toBe(id)
      return { y }
    })
  })
})

describe("recording leaves tfjs as it was", () => {
  const programs: ReadonlyArray<readonly [string, (x: tf.Tensor) => tf.Tensor]> = [
    ["a program that succeeds", (x) => tf.sum(tf.relu(x))],
    [
      "a program that throws",
      () => {
        throw new Error("a program's own")
      }
    ],
    ["a program that throws inside an op's scope", (x) => tf.tidy(() => tf.reshape(tf.exp(x), [5]))],
    ["a program that throws while a gradient is taken", (x) => tf.grad((y) => tf.sum(markSample(tf.exp(y), "z")))(x)],
    ["a program that reads a value", (x) => tf.scalar(tf.sum(x).dataSync()[0] as number)],
    ["a program whose op is refused", (x) => tf.topk(x).values]
  ]
  it.each(programs)("after %s", (_, program) => {
    const [backend, tensors] = [tf.getBackend(), tf.memory().numTensors]
    const customGrad = tf.engine().customGrad
    thrownBy(program)
    expect(tf.getBackend()).toBe(backend)
    expect(tf.memory().numTensors).toBe(tensors)
    expect(tf.engine().customGrad).toBe(customGrad)
    expect(
      tf.tidy(
        () =>
          tf
            .grad((y) => tf.square(y))(tf.scalar(3))
            .dataSync()[0]
      )
    ).toBe(6)
  })

  it("after a gradient that tfjs cannot take", () => {
    const graph = record((recorder) => ({ loss: tf.sum(markSample(tf.exp(recorder.input("x", x)), "z")) }))
    const tensors = tf.memory().numTensors
    expect(() => differentiate(graph, "loss", ["x"])).toThrow()
    expect(tf.memory().numTensors).toBe(tensors)
    expect(tf.getBackend()).toBe("cpu")
  })

  it("lets a program's own gradients be declared again once it is over", () => {
    thrownBy((x) => x)
    const doubled = tf.customGrad((y) => ({ value: tf.square(y as tf.Tensor), gradFunc: () => tf.scalar(7) }))
    expect(
      tf.tidy(
        () =>
          tf
            .grad((y: tf.Tensor) => doubled(y))(tf.scalar(3))
            .dataSync()[0]
      )
    ).toBe(7)
  })

  it("refuses to begin inside another recording", () => {
    expect(thrownBy(() => record(() => ({})) as never)).toBeInstanceOf(UnsupportedKernel)
    expect(tf.getBackend()).not.toBe(recorderName)
  })
})

describe("what cannot be recorded is refused with the op and the user's line", () => {
  type Program = (x: tf.Tensor) => tf.Tensor
  /** A program that stands on the line of this call. */
  const refusal = (op: string, says: RegExp, program: Program) => ({
    op,
    says,
    program,
    at: `record.test.ts:${line(1)}`
  })
  const frozen = /would be frozen into the program/
  const other = /Write it with elementwise ops/
  const noPad: [number, number] = [0, 0]
  const declared = { value: undefined as unknown as tf.Tensor, gradFunc: () => [] }

  it.each([
    refusal("randomNormal", frozen, (x) => tf.add(x, tf.randomNormal([2, 3]))),
    refusal("randomUniform", frozen, (x) => tf.add(x, tf.randomUniform([2, 3]))),
    refusal("truncatedNormal", frozen, (x) => tf.add(x, tf.truncatedNormal([2, 3]))),
    refusal("randomGamma", frozen, (x) => tf.add(x, tf.randomGamma([2, 3], 1))),
    refusal("dropout", frozen, (x) => tf.dropout(x, 0.5)),
    refusal("tf.customGrad", /declared gradient would be lost/, (x) => tf.customGrad(() => declared)(x)),
    refusal("TopK", other, (x) => tf.topk(x).values),
    refusal("Einsum", other, (x) => tf.einsum("ij->ji", x)),
    refusal("MirrorPad", other, (x) => tf.mirrorPad(x, [noPad, noPad], "reflect"))
  ])("$op", ({ op, says, program, at }) => {
    const error = thrownBy(program)
    expect(error).toBeInstanceOf(UnsupportedKernel)
    const { kernel, line = "no line", message } = error as UnsupportedKernel
    expect(kernel).toBe(op)
    expect(line.endsWith(`/${at}`), `${line} is not ${at}`).toBe(true)
    expect(message).toMatch(says)
    expect(message).toContain(at)
  })

  it("tf.Variable, in an op or as the result", () => {
    const weights = tf.tidy(() => tf.variable(tf.zeros(x)))
    for (const program of [(x: tf.Tensor) => tf.add(x, weights), () => weights, () => tf.clone(weights)]) {
      expect(thrownBy(program)).toMatchObject({ _tag: "UnsupportedKernel", kernel: "tf.Variable" })
    }
    weights.dispose()
  })

  it("every kernel of tfjs's cpu backend is recorded, taken apart or refused by name", () => {
    for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
      expect(tf.getKernel(kernelName, recorderName), kernelName).toBeDefined()
    }
    for (const kernel of Object.keys(kernels)) expect(tf.getKernel(kernel, recorderName), kernel).toBeDefined()
  })

  it("strings and complex numbers", () => {
    expect(thrownBy(() => tf.tensor(["a"]))).toMatchObject({ _tag: "UnsupportedKernel", kernel: "tensor of string" })
  })

  it.each<readonly [string, (x: tf.Tensor) => unknown]>([
    ["dataSync", (x) => x.dataSync()],
    ["arraySync", (x) => tf.sum(x).arraySync()],
    ["toString", (x) => x.toString()],
    ["bufferSync", (x) => x.bufferSync()]
  ])("a value that is read by %s", (_, read) => {
    const program = (x: tf.Tensor): tf.Tensor => {
      read(x)
      return x
    }
    expect(thrownBy(program)).toBeInstanceOf(TracedRead)
  })

  it("a read names its line and says what to do", () => {
    let at = 0
    const error = thrownBy((x) => {
      at = line()
      const number = x.dataSync()[0]
      return tf.scalar(number as number)
    })
    expect((error as TracedRead).line).toMatch(new RegExp(`/record\\.test\\.ts:${at + 1}$`))
    expect((error as TracedRead).message).toMatch(/use cond \(or where, element by element\)/)
  })

  it("one site drawn twice, but not two laws of one site", () => {
    const key = Key.of(0, "z")
    expect(thrownBy(() => tf.add(normal(key, [2]), normal(key, [2])))).toBeInstanceOf(DuplicateSite)
    expect(thrownBy(() => tf.add(normal(key, [2]), uniform(key, [2])))).toBe("nothing was thrown")
  })

  it.each<readonly [string, (x: tf.Tensor) => tf.Tensor]>([
    ["an addition", (x) => tf.add(x, tf.zeros([4]))],
    ["a matrix product", (x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D)],
    ["a reshape", (x) => tf.reshape(x, [5])],
    ["a slice beyond the end", (x) => tf.slice(x, [1, 0], [2, 3])],
    ["a concatenation", (x) => tf.concat([x, tf.zeros([3, 2])])],
    ["a split into unequal parts", (x) => tf.split(x, 2, 1)[0] as tf.Tensor],
    ["a split whose sizes do not add up", (x) => tf.split(x, [1, 1], 1)[0] as tf.Tensor]
  ])("shapes that do not fit, in %s", (_, program) => {
    expect(() => tf.tidy(() => void program(tf.zeros(x))), "tfjs's cpu backend takes it").toThrow()
    expect(thrownBy(program)).toBeInstanceOf(Error)
    expect(thrownBy(program)).not.toBeInstanceOf(TypeError)
  })

  it("stacks of matrices that tfjs's cpu kernel would pair wrongly", () => {
    expect(thrownBy(() => tf.matMul(tf.zeros([2, 1, 3, 3]), tf.zeros([1, 2, 3, 3])))).toBeInstanceOf(ShapeMismatch)
  })

  it("and the op's own refusal of a shape is a ShapeMismatch that names the op", () => {
    expect(thrownBy((x) => tf.slice(x, [1, 0], [2, 3]))).toBeInstanceOf(ShapeMismatch)
    expect(thrownBy((x) => tf.concat([x, tf.zeros([3, 2])]))).toBeInstanceOf(ShapeMismatch)
    expect(thrownBy((x) => tf.split(x, [1, 1], 1)[0] as tf.Tensor)).toBeInstanceOf(ShapeMismatch)
    expect(thrownBy((x) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D))).toMatchObject({ where: "matMul" })
  })
})

it("nodes that are recorded again are those of the graph, and a place that is none has no tensor", () => {
  const graph = record(({ input }) => ({ y: tf.exp(tf.mul(2, input("x", [2]))) }))
  const again = record((recorder) => {
    const values = recordAgain(recorder, graph, new Map([["x", tf.neg(recorder.input("x", [2]))]]))
    expect(values(-1)).toBeUndefined()
    expect(values(graph.nodes.length)).toBeUndefined()
    return { y: values(graph.outputs["y"] ?? -1) ?? tf.scalar(Number.NaN) }
  })
  const numbers = (...values: ReadonlyArray<number>) =>
    ({ x: { shape: [2], dtype: "float32", values: Float32Array.from(values) } }) as const
  expect(runGraph(again, numbers(1, -0.5))).toEqual(runGraph(graph, numbers(-1, 0.5)))
})
