import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { model } from "../../../src/infer/program/model.ts"
import { Net } from "../../../src/model/net/index.ts"
import { type ParamStore, withParams } from "../../../src/model/Param.ts"
import type { Shape } from "../../../src/tensor/Tensor.ts"
import { cpu, engines, failure, run } from "../../infer/harness.ts"
import { sigmoid } from "../../support/closedForms.ts"

const numbers = (shape: Shape, by: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(by * (i + 1))),
    [...shape]
  )

/** Parameters of numbers that differ by name, kept so that a test can compute with them. */
const watchedStore = (): { readonly store: ParamStore; readonly made: Map<string, tf.Tensor> } => {
  const made = new Map<string, tf.Tensor>()
  const store: ParamStore = {
    get: ({ name, shape }) => {
      const known = made.get(name) ?? numbers(shape, 0.3 + made.size)
      made.set(name, known)
      return known
    },
    nameOf: (_, kind) => kind
  }
  return { store, made }
}

const apply = (layer: (x: never) => tf.Tensor, x: tf.Tensor) => {
  tf.setBackend("cpu")
  const { store, made } = watchedStore()
  const value = withParams(store, () => layer(x as never))
  return { value, weight: (name: string): tf.Tensor => made.get(name) as tf.Tensor, names: [...made.keys()] }
}

const close = (a: tf.Tensor, b: tf.Tensor) => {
  expect(a.shape).toEqual(b.shape)
  const [x, y] = [a.dataSync(), b.dataSync()]
  x.forEach((each, i) => void expect(Math.abs(each - (y[i] ?? Number.NaN))).toBeLessThan(1e-5 * (1 + Math.abs(each))))
}

describe("layers compute what tfjs's own do, with the same weights", () => {
  test.each([
    [3, 1, "same"],
    [3, 2, "same"],
    [2, 2, "same"],
    [5, 3, "same"],
    [3, 1, "valid"],
    [3, 2, "valid"],
    [1, 1, "same"]
  ] as const)("conv2d with a kernel of %i, a stride of %i and %s padding", (kernel, stride, padding) => {
    const x = numbers([7, 6, 2], 1.1)
    const { value, weight } = apply(Net.conv2d(3, { kernel, stride, padding }), x)
    const filter = tf.reshape(weight("conv2d.weight"), [kernel, kernel, 2, 3]) as tf.Tensor4D
    close(value, tf.add(tf.conv2d(x as tf.Tensor3D, filter, stride, padding), weight("conv2d.bias")))
  })

  test.each([
    [3, 1, "same"],
    [3, 2, "same"],
    [4, 2, "same"],
    [3, 2, "valid"],
    [2, 2, "valid"]
  ] as const)("convTranspose2d with a kernel of %i, a stride of %i and %s padding", (kernel, stride, padding) => {
    const x = numbers([4, 3, 2], 0.7)
    const { value, weight } = apply(Net.convTranspose2d(3, { kernel, stride, padding }), x)
    const filter = tf.transpose(tf.reshape(weight("convTranspose2d.weight"), [kernel, kernel, 2, 3]), [0, 1, 3, 2])
    const [tall, wide] = value.shape
    const right = tf.conv2dTranspose(
      x as tf.Tensor3D,
      filter as tf.Tensor4D,
      [tall ?? 1, wide ?? 1, 3],
      stride,
      padding
    )
    close(value, tf.add(right, weight("convTranspose2d.bias")))
  })

  test("dense on any leading dimensions, maxPool2d, embedding and layerNorm", () => {
    const x = numbers([4, 6, 2], 0.9)
    const { value, weight } = apply(Net.dense(5), x)
    close(
      value,
      tf.add(
        tf.reshape(tf.matMul(tf.reshape(x, [24, 2]), weight("dense.weight") as tf.Tensor2D), [4, 6, 5]),
        weight("dense.bias")
      )
    )
    close(apply(Net.maxPool2d(2), x).value, tf.maxPool(x as tf.Tensor3D, 2, 2, "valid"))
    const labels = tf.tensor1d([2, 0, 2])
    const embedded = apply(Net.embedding(3, 4), labels)
    close(embedded.value, tf.gather(embedded.weight("embedding.weight"), tf.tensor1d([2, 0, 2], "int32")))
    const normed = apply(Net.layerNorm(), x).value
    expect(apply(Net.layerNorm(), x).names).toEqual(["layerNorm.scale", "layerNorm.shift"])
    const rows = tf.reshape(x, [24, 2]).arraySync() as Array<Array<number>>
    const { weight: own } = apply(Net.layerNorm(), x)
    const [scale, shift] = [own("layerNorm.scale").dataSync(), own("layerNorm.shift").dataSync()]
    const right = rows.flatMap((row) => {
      const mean = row.reduce((a, b) => a + b, 0) / row.length
      const sd = Math.sqrt(row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length + 1e-5)
      return row.map((each, i) => ((each - mean) / sd) * (scale[i] ?? 0) + (shift[i] ?? 0))
    })
    close(normed, tf.tensor(right, [4, 6, 2]))
  })

  test.each([false, true])("gru as its formula, backwards: %s", (reverse) => {
    const xs = numbers([5, 3], 0.8)
    const { value, weight } = apply(Net.gru(2, { reverse }), xs)
    const [input, recurrent, bias, recurrentBias] = ["input", "recurrent", "bias", "recurrentBias"].map((name) =>
      weight(`gru.${name}`).arraySync()
    ) as [Array<Array<number>>, Array<Array<number>>, Array<number>, Array<number>]
    const rows = xs.arraySync() as Array<Array<number>>
    let h = [0, 0]
    const states = (reverse ? rows.toReversed() : rows).map((x) => {
      const a = (k: number) => x.reduce((sum, each, i) => sum + each * (input[i]?.[k] ?? 0), bias[k] ?? 0)
      const b = (k: number) => h.reduce((sum, each, i) => sum + each * (recurrent[i]?.[k] ?? 0), recurrentBias[k] ?? 0)
      h = [0, 1].map((k) => {
        const [r, z] = [sigmoid(a(k) + b(k)), sigmoid(a(2 + k) + b(2 + k))]
        const n = Math.tanh(a(4 + k) + r * b(4 + k))
        return (1 - z) * n + z * (h[k] ?? 0)
      })
      return h
    })
    close(value, tf.tensor2d(reverse ? states.toReversed() : states))
  })

  test("attention as its formula, and a causal one does not look ahead", () => {
    const xs = numbers([4, 6], 0.6)
    const { value, weight } = apply(Net.attention(2), xs)
    const project = (name: string) => tf.matMul(xs as tf.Tensor2D, weight(`attention.${name}`) as tf.Tensor2D)
    const head = (x: tf.Tensor, i: number) => tf.slice(x, [0, 3 * i], [4, 3])
    const mixed = [0, 1].map((i) => {
      const scores = tf.div(tf.matMul(head(project("query"), i), head(project("key"), i), false, true), Math.sqrt(3))
      return tf.matMul(tf.softmax(scores), head(project("value"), i))
    })
    close(value, tf.matMul(tf.concat(mixed, 1), weight("attention.output") as tf.Tensor2D))
    const causal = (x: tf.Tensor) => apply(Net.attention(2, { causal: true }), x).value
    const changed = tf.concat([tf.slice(xs, [0, 0], [3, 6]), numbers([1, 6], 2.2)], 0)
    close(tf.slice(causal(changed), [0, 0], [3, 6]), tf.slice(causal(xs), [0, 0], [3, 6]))
  })

  test("wrong sizes are refused in words", () => {
    expect(() => Net.conv2d(0)).toThrow("Net.conv2d filters")
    expect(() => apply(Net.conv2d(2), numbers([5], 1))).toThrow("[height, width, channels]")
    expect(() => apply(Net.conv2d(2, { kernel: 5, padding: "valid" }), numbers([3, 3, 1], 1))).toThrow("does not fit")
    expect(() => apply(Net.maxPool2d(2), numbers([5, 4, 1], 1))).toThrow("must fill the image")
    expect(() => apply(Net.attention(4), numbers([3, 6], 1))).toThrow("a divisor of 6")
  })
})

describe("a convolutional VAE of 8 × 8 images", () => {
  const images = Dataset.of(
    Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: 64 }, (_, j) => ((Math.floor(j / 8) + i) % 4 < 2 ? 1 : 0))
    ).flat(),
    [64]
  )
  const vae = () => {
    const encoder = Net.sequential(
      Net.unflatten([8, 8, 1]),
      Net.conv2d(4, { stride: 2 }),
      Net.activation("relu"),
      Net.residual(Net.sequential(Net.conv2d(4), Net.activation("tanh"))),
      Net.flatten(),
      Net.dense(4)
    )
    const decoder = Net.sequential(
      Net.dense(4 * 4 * 4),
      Net.activation("relu"),
      Net.unflatten([4, 4, 4]),
      Net.convTranspose2d(1, { stride: 2 }),
      Net.unflatten([64])
    )
    return model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
      Normal.fromLocLogVariance(encoder(x))
    )
  }

  test("trains alike on every engine", async () => {
    const ends: Array<number> = []
    for (const [, engine] of engines) {
      const fitted = await run(
        vae().fit(images as never, { epochs: 3, batchSize: 20, learningRate: 0.01, seed: 4, progress: false }) as never,
        engine
      )
      const { history } = fitted as { readonly history: ReadonlyArray<{ readonly train: number }> }
      expect(history.at(-1)?.train).toBeLessThan(history[0]?.train ?? 0)
      ends.push(history.at(-1)?.train ?? Number.NaN)
    }
    for (const end of ends) expect(Math.abs(end - (ends[0] ?? 0))).toBeLessThan(1e-3)
  })

  test("is refused for images of another size, with the shapes", async () => {
    const other = Dataset.of(new Float32Array(49 * 3), [49])
    expect(await failure(vae().fit(other as never, { progress: false }) as never, cpu)).toBeDefined()
  })
})
