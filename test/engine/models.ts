import type { Bindings, Loop } from "../../src/engine/Engine.ts"
import { leaf, type Values } from "../../src/trace/Graph.ts"
import type { Domain } from "./cases.ts"
import { draw, Sketch } from "./harness.ts"

/** A loop to train, and the feeds of the steps from `from` on. */
export interface Example {
  readonly loop: Loop
  readonly bindings: Bindings
  readonly feeds: (k: number, from: number) => Readonly<Record<string, Values>>
}

const [rows, batch, features] = [40, 8, 3]

/** Linear regression on noisy inputs, fitted with Adam: rows of byte and float tables, noise, scalar feeds, state. */
export const regression = (): Example => {
  const inputs = Uint8Array.from(draw({ shape: [rows, features], dtype: "int32", domain: [0, 255] }, 7))
  const g = new Sketch()
  const x = g.input("x", [batch, features])
  const y = g.input("y", [batch])
  const jitter = g.add(leaf.noise("normal", "jitter", [batch, features]))
  const [w, m, v] = [g.input("w", [features]), g.input("m", [features]), g.input("v", [features])]
  const width = g.input("width", [])
  const noisy = g.pair("Add", x, g.pair("Multiply", jitter, width))
  const column = g.call("Reshape", { x: w }, [features, 1], { shape: [features, 1] })
  const fitted = g.call("BatchMatMul", { a: noisy, b: column }, [batch, 1], { transposeA: false, transposeB: false })
  const residual = g.pair("Sub", g.call("Reshape", { x: fitted }, [batch], { shape: [batch] }), y)
  const loss = g.call("Mean", { x: g.unary("Square", residual) }, [], { axis: [0], keepDims: false })
  const rowOfResiduals = g.call("Reshape", { x: residual }, [1, batch], { shape: [1, batch] })
  const product = g.call("BatchMatMul", { a: rowOfResiduals, b: noisy }, [1, features], {
    transposeA: false,
    transposeB: false
  })
  const sum = g.call("Reshape", { x: product }, [features], { shape: [features] })
  const gradient = g.pair("Multiply", sum, g.scalar(2 / batch))
  const nextM = g.pair("Add", g.pair("Multiply", m, g.scalar(0.9)), gradient)
  const nextV = g.pair("Add", g.pair("Multiply", v, g.scalar(0.99)), g.unary("Square", gradient))
  const direction = g.pair("RealDiv", nextM, g.pair("Add", g.unary("Sqrt", nextV), g.scalar(1e-6)))
  const nextW = g.pair("Sub", w, g.pair("Multiply", direction, g.input("rate", [])))
  const steps = g.input("steps", [], "int32")
  const one = g.add(leaf.constant(Int32Array.of(1), [], "int32"))
  const nextSteps = g.call("Add", { a: steps, b: one }, [], {}, "int32")
  const twice = g.pair("Multiply", width, g.scalar(2))
  return {
    loop: {
      graph: { nodes: g.nodes, outputs: { loss, nextW, nextM, nextV, nextSteps, twice, w, fitted } },
      carried: { w: "nextW", m: "nextM", v: "nextV", steps: "nextSteps" },
      fixed: ["width"],
      rows: { x: { table: "inputs", indices: "places" }, y: { table: "targets", indices: "places" } },
      emitted: ["loss", "twice", "w", "fitted", "nextW"]
    },
    bindings: {
      state: {
        w: Float32Array.of(0.1, -0.2, 0.3),
        m: new Float32Array(features),
        v: new Float32Array(features),
        steps: new Float32Array(1)
      },
      fixed: { width: Float32Array.of(0.05) },
      tables: {
        inputs: {
          values: inputs,
          shape: [rows, features],
          scale: 1 / 255
        },
        targets: {
          values: Float32Array.from({ length: rows }, (_, row) => targetOf(inputs.subarray(row * features))),
          shape: [rows],
          scale: 1
        }
      }
    },
    feeds: (k, from) => {
      const each = (shape: ReadonlyArray<number>, dtype: "float32" | "int32", domain: Domain): Values => {
        const size = shape.reduce((product, n) => product * n, 1)
        return draw({ shape, dtype, domain }, size, from + k).subarray(from * size)
      }
      return {
        places: each([batch], "int32", [0, rows]),
        "noise:normal:jitter": each([batch, features], "float32", [-2, 2]),
        rate: Float32Array.from({ length: k }, (_, i) => 0.05 / (1 + (from + i) / 50))
      }
    }
  }
}

const targetOf = (bytes: Uint8Array): number =>
  [1, -2, 0.5].reduce((sum, weight, i) => sum + (weight * (bytes[i] ?? 0)) / 255, 0)
