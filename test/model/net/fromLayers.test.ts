import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Net } from "../../../src/model/net/index.ts"
import { observe, plate } from "../../../src/model/Site.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { nativeIsSetUp, tensorflows } from "../../engine/engines.ts"
import { engines, run } from "../../infer/harness.ts"

const stack = () => {
  tf.setBackend("cpu")
  return tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [2], activation: "tanh" }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.dense({ units: 1 })
    ]
  })
}
const xs = [0.3, -1, 0.8, 0.2, -0.5, 1.1]
const ys = [0.2, -0.4, 1]

describe("a tfjs model as a net", () => {
  test.each([...engines, ...(nativeIsSetUp ? tensorflows : [])])(
    "has tfjs's own loss, and takes its step, on %s",
    async (_, engine) => {
      const model = stack()
      const before = model.getWeights().map((weight) => [...weight.dataSync()])
      const net = Net.fromLayers(model, { from: [2], to: [1], name: "net" })
      const fitted = await run(
        program(
          plate("rows", (row: { readonly x: Tensor<readonly [2]>; readonly y: Tensor<readonly [1]> }) =>
            observe("out", Normal(net(row.x), 1), row.y)
          )
        )
          .guide(() => ({ rows: () => ({}) }) as never)
          .fit({ rows: { x: Dataset.of(xs, [2]), y: Dataset.of(ys, [1]) } } as never, {
            epochs: 1,
            optimizer: Optimizer.sgd(0.1),
            progress: false
          }),
        engine
      )
      tf.setBackend("cpu")
      const loss = (): tf.Scalar => {
        const out = model.apply(tf.tensor2d(xs, [3, 2]), { training: false }) as tf.Tensor
        return tf.mul(0.5, tf.sum(tf.square(tf.sub(out, tf.tensor2d(ys, [3, 1]))))) as tf.Scalar
      }
      const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable)
      const { value, grads } = tf.variableGrads(loss, variables)
      expect(fitted.history[0]?.train).toBeCloseTo((value.dataSync()[0] ?? 0) + 1.5 * Math.log(2 * Math.PI), 4)
      const names = ["net.0.kernel", "net.0.bias", "net.2.kernel", "net.2.bias"]
      expect(Object.keys(fitted.parameters).sort()).toEqual([...names].sort())
      names.forEach((name, i) => {
        const slope = [...(grads[variables[i]?.name ?? ""]?.dataSync() ?? [])]
        ;(before[i] ?? []).forEach((from, j) => {
          const moved = (fitted.parameters[name]?.[j] ?? Number.NaN) - from
          expect(moved / -0.1).toBeCloseTo(slope[j] ?? Number.NaN, 3)
        })
        // the model itself stays as it was
        expect([...(model.getWeights()[i]?.dataSync() ?? [])]).toEqual(before[i])
      })
    }
  )

  test("batch normalisation says why it is not there", () => {
    expect(() => Net.batchNorm()).toThrow(/must not depend on the other rows/)
  })

  test("is refused in words where a layer needs a batch, or the shapes are others", () => {
    tf.setBackend("cpu")
    const layers = [tf.layers.dense({ units: 3, inputShape: [2] }), tf.layers.batchNormalization()]
    expect(() => Net.fromLayers(tf.sequential({ layers }), { from: [2], to: [3] })).toThrow(/one datum/)
    expect(() => Net.fromLayers(stack(), { from: [3], to: [1] })).toThrow(/the input of the model/)
    expect(() => Net.fromLayers({} as never, { from: [3], to: [1] })).toThrow(/LayersModel/)
  })
})
