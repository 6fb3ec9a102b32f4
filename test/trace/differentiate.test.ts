import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sumOver } from "../../src/trace/axes.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import type { Graph } from "../../src/trace/Graph.ts"
import { registerGradients } from "../../src/trace/gradients.ts"
import { jumps } from "../../src/trace/kernels/continuityRules.ts"
import { kernels } from "../../src/trace/kernels/index.ts"
import { record } from "../../src/trace/record.ts"
import { markSample, stopGradient } from "../../src/trace/stopGradient.ts"
import { vectorise } from "../../src/trace/vectorise.ts"
import { verify } from "../../src/trace/verify.ts"
import { derivative } from "../support/finiteDifferences.ts"
import { type Call, draw, kernelCalls, mulberry } from "../support/kernelCalls.ts"
import { compute, type Numbers, runGraph, stack, tensorOf, useCpu } from "../support/onCpu.ts"
import { inputsOf } from "../support/recordCall.ts"

useCpu()

const eps = 2 ** -24

/** A gradient in float32 may be off by some roundings of its terms, which are of the size of the gradient, or of 1. */
const rounding = (size: number): number => 64 * eps * (1 + size)

/** Gradients of these are the subject of other tests, or (those that are gradients themselves) do not exist. */
const apart = new Set([
  "StopGradient",
  "Sample",
  "WithGradient",
  "EluGrad",
  "GammaincByShape",
  "LogGammaincSlope",
  "LogBetaincSlope",
  "BetaincByA",
  "BetaincByB",
  "LogQuantileSlope",
  "VonMisesSlope"
])
/** Draws move with their parameters at a fixed value of the distribution function, and not as their method does at fixed noise (test/tensor/draws). */
const implicit = new Set(["LogStandardGamma", "VonMises"])
/** Kernels whose value is constant but for jumps; `InsideOf` has a gradient all the same, which is 0. */
const alwaysJumps = (kernel: string): boolean =>
  kernel === "Mod" || (kernel !== "InsideOf" && kernels[kernel]?.continuity === jumps)
const differentiable = Object.entries(kernelCalls).filter(([kernel]) => !alwaysJumps(kernel) && !apart.has(kernel))
const floats = (call: Call): ReadonlyArray<number> =>
  call.operands.flatMap(({ dtype }, i) => (dtype === "float32" ? [i] : []))

/** Records Σ wᵢ·f(x)ᵢ, so that every output counts and no two alike. */
const recordLoss = (call: Call, weights: Numbers, reduce = (loss: tf.Tensor): tf.Tensor => loss): Graph =>
  record((recorder) => {
    const inputs = call.operands.map(({ shape, dtype }, i) => recorder.input(`x${i}`, shape, dtype))
    const y = tf.cast(call.run(...inputs), "float32")
    return { loss: reduce(tf.sum(tf.mul(y, tensorOf(weights)))) }
  })

const weightsFor = (result: Numbers, seed: number): Numbers => {
  const random = mulberry(seed)
  const values = Float32Array.from(result.values, () => Math.round((2 * random() - 1) * 1024) / 1024)
  return { values, shape: result.shape, dtype: "float32" }
}

describe("the gradient of a recorded call equals central differences", () => {
  it.each(differentiable.filter(([kernel]) => !implicit.has(kernel)))("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, fc.nat(1e6), (call, seed) => {
        fc.pre(floats(call).length > 0)
        const values = draw(call.operands, seed, call.corners)
        const direct = (given: ReadonlyArray<Numbers>): Numbers => compute(() => call.run(...given.map(tensorOf)))
        const weights = weightsFor(direct(values), seed)
        const graph = verify(
          differentiate(
            recordLoss(call, weights),
            "loss",
            floats(call).map((i) => `x${i}`)
          ),
          "differentiate"
        )
        const results = runGraph(graph, inputsOf(values))
        for (const i of floats(call)) {
          const gradient = results[`grad:x${i}`]
          expect(gradient?.shape).toEqual(call.operands[i]?.shape)
          gradient?.values.forEach((actual, at) => {
            const { value, error } = derivative(direct, values, i, at, weights.values, call.accuracy ?? 4 * eps)
            expect(error, "the estimate is too rough to test anything").toBeLessThan(1e-2 * (1 + Math.abs(value)))
            expect(Math.abs(actual - value), `grad:x${i}[${at}] is ${actual}, not ${value}`).toBeLessThanOrEqual(
              error + rounding(Math.abs(value))
            )
          })
        }
      }),
      { seed: 4, numRuns: 5 }
    )
  })
})

describe("the gradient of a vectorised call equals a loop over single data, whichever inputs have the axis", () => {
  const lanes = 3
  it.each(differentiable)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, fc.nat(1e6), (call, seed) => {
        fc.pre(floats(call).length > 0)
        const data = Array.from({ length: lanes }, (_, lane) => draw(call.operands, seed + lane, call.corners))
        const weights = weightsFor(
          compute(() => call.run(...(data[0] as Array<Numbers>).map(tensorOf))),
          seed
        )
        const names = floats(call).map((i) => `x${i}`)
        const single = differentiate(recordLoss(call, weights), "loss", names)
        const loss = recordLoss(call, weights, (x) => sumOver(x, "data"))
        for (const pattern of patterns(call.operands.length)) {
          const axis = {
            name: "data",
            size: lanes,
            inputs: new Set(pattern.map((i) => `x${i}`)),
            sites: new Set<string>()
          }
          const wide = differentiate(vectorise(loss, axis), "loss", names)
          const datum = (lane: number) =>
            call.operands.map((_, i) => data[pattern.includes(i) ? lane : 0]?.[i] as Numbers)
          const loop = data.map((_, lane) => runGraph(single, inputsOf(datum(lane))))
          const given = call.operands.map((_, i) =>
            pattern.includes(i) ? stack(data.map((values) => values[i] as Numbers)) : (data[0]?.[i] as Numbers)
          )
          const results = runGraph(wide, inputsOf(given))
          for (const i of floats(call)) {
            const each = loop.map((result) => result[`grad:x${i}`] as Numbers)
            const { expected, size } = pattern.includes(i) ? stacked(each) : summed(each)
            results[`grad:x${i}`]?.values.forEach((actual, at) => {
              expect(
                Math.abs(actual - (expected[at] as number)),
                `grad:x${i}[${at}], axis on ${pattern}`
              ).toBeLessThanOrEqual(rounding(size[at] as number))
            })
          }
        }
      }),
      { seed: 5, numRuns: 3 }
    )
  })

  const stacked = (each: ReadonlyArray<Numbers>) => {
    const expected = [...stack(each).values]
    return { expected, size: expected.map(Math.abs) }
  }
  const summed = (each: ReadonlyArray<Numbers>) => {
    const add = (f: (x: number) => number) =>
      Array.from(each[0]?.values ?? [], (_, at) => each.reduce((sum, { values }) => sum + f(values[at] as number), 0))
    return { expected: add((x) => x), size: add(Math.abs) }
  }
  const patterns = (n: number): ReadonlyArray<ReadonlyArray<number>> =>
    Array.from({ length: 2 ** n - 1 }, (_, code) =>
      Array.from({ length: n }, (_unused, i) => i).filter((i) => (((code + 1) >> i) & 1) === 1)
    )
})

describe("gradients that are known by hand", () => {
  const gradientAt = (f: (x: tf.Tensor) => tf.Tensor, at: ReadonlyArray<number>): ReadonlyArray<number> => {
    const graph = record((recorder) => ({ loss: tf.sum(f(recorder.input("x", [at.length]))) }))
    const x: Numbers = { values: Float32Array.from(at), shape: [at.length], dtype: "float32" }
    return [...(runGraph(differentiate(graph, "loss", ["x"]), { x })["grad:x"]?.values ?? [])]
  }

  it.each<{ readonly what: string; readonly f: (x: tf.Tensor) => tf.Tensor; readonly slope: (x: number) => number }>([
    {
      what: "a choice between two branches passes the gradient to the branch taken",
      f: (x) => tf.where(tf.greater(x, 0), tf.square(x), tf.neg(x)),
      slope: (x) => (x > 0 ? 2 * x : -1)
    },
    {
      what: "a factor under stopGradient is a constant",
      f: (x) => tf.mul(x, stopGradient(tf.square(x))),
      slope: (x) => x * x
    },
    { what: "nothing flows through stopGradient alone", f: (x) => stopGradient(tf.square(x)), slope: () => 0 },
    {
      what: "a cast to integers jumps, and is flat between its jumps",
      f: (x) => tf.cast(tf.cast(x, "int32"), "float32"),
      slope: () => 0
    },
    {
      what: "a comparison is flat",
      f: (x) => tf.mul(x, tf.cast(tf.less(x, 0.75), "float32")),
      slope: (x) => (x < 0.75 ? 1 : 0)
    },
    {
      what: "a value that is read twice gets both gradients",
      f: (x) => tf.add(tf.mul(x, x), tf.mul(x, 3)),
      slope: (x) => 2 * x + 3
    }
  ])("$what", ({ f, slope }) => {
    const xs = [-1.5, -0.25, 0.5, 1.25]
    expect(gradientAt(f, xs).map((x) => x + 0)).toEqual(xs.map(slope))
  })

  it("an input that the loss does not depend on has gradient zero", () => {
    const graph = record((recorder) => {
      recorder.input("unused", [2])
      return { loss: tf.sum(recorder.input("x", [3])) }
    })
    const ones: Numbers = { values: new Float32Array(3).fill(1), shape: [3], dtype: "float32" }
    const unused: Numbers = { values: new Float32Array(2), shape: [2], dtype: "float32" }
    const results = runGraph(differentiate(graph, "loss", ["x", "unused"]), { x: ones, unused })
    expect(results["grad:x"]).toEqual(ones)
    expect(results["grad:unused"]).toEqual(unused)
  })

  it("parts joined in another order than they were made get their own gradients", () => {
    const graph = record((recorder) => {
      const [a, b] = [recorder.input("a", [2]), recorder.input("b", [2])]
      return { loss: tf.sum(tf.mul(tf.concat([b, a, b]), [1, 2, 3, 4, 5, 6])) }
    })
    const at: Numbers = { values: Float32Array.of(0, 0), shape: [2], dtype: "float32" }
    const results = runGraph(differentiate(graph, "loss", ["a", "b"]), { a: at, b: at })
    expect([...(results["grad:a"]?.values ?? [])]).toEqual([3, 4])
    expect([...(results["grad:b"]?.values ?? [])]).toEqual([1 + 5, 2 + 6])
  })

  it("a mark of a site that a plan has not taken out has no gradient, and says so", () => {
    const graph = record((recorder) => ({ loss: tf.sum(markSample(recorder.input("x", [2]), "z")) }))
    expect(() => differentiate(graph, "loss", ["x"])).toThrow(/gradient function not found for Sample/)
  })
})

describe("a small variational autoencoder", () => {
  const shapes: Readonly<Record<string, ReadonlyArray<number>>> = {
    image: [5],
    noise: [2],
    encode: [5, 4],
    encodeBias: [4],
    decode: [2, 5],
    decodeBias: [5]
  }
  /** −ELBO of one datum: a Gaussian code by a linear encoder, a Bernoulli likelihood by a linear decoder. */
  const minusElbo = (given: Readonly<Record<string, tf.Tensor>>): tf.Tensor => {
    const get = (name: string): tf.Tensor => given[name] as tf.Tensor
    const [x, noise] = [get("image"), get("noise")]
    const code = tf.add(
      tf.reshape(tf.matMul(tf.reshape(x, [1, 5]), get("encode") as tf.Tensor2D), [4]),
      get("encodeBias")
    )
    const [loc, logVariance] = tf.split(code, 2) as [tf.Tensor, tf.Tensor]
    const z = tf.add(loc, tf.mul(tf.exp(tf.mul(0.5, logVariance)), noise))
    const hidden = tf.reshape(tf.matMul(tf.reshape(tf.tanh(z), [1, 2]), get("decode") as tf.Tensor2D), [5])
    const logits = tf.add(hidden, get("decodeBias"))
    const crossEntropy = tf.sub(tf.softplus(logits), tf.mul(x, logits))
    const kl = tf.mul(0.5, tf.sub(tf.add(tf.exp(logVariance), tf.square(loc)), tf.add(1, logVariance)))
    return tf.add(tf.sum(crossEntropy), tf.sum(kl))
  }
  const names = Object.keys(shapes)
  const values = draw(
    names.map((name) => ({ shape: shapes[name] ?? [], dtype: "float32", range: [-1, 1] })),
    6
  )
  const given = Object.fromEntries(names.map((name, i) => [name, values[i] as Numbers]))
  const graph = record((recorder) => ({
    loss: minusElbo(Object.fromEntries(names.map((name) => [name, recorder.input(name, shapes[name] ?? [])])))
  }))
  const results = runGraph(differentiate(graph, "loss", names), given)

  it.each(names)("has the gradient for '%s' that central differences give", (name) => {
    const direct = (moved: ReadonlyArray<Numbers>): Numbers =>
      compute(() => minusElbo(Object.fromEntries(names.map((each, i) => [each, tensorOf(moved[i] as Numbers)]))))
    results[`grad:${name}`]?.values.forEach((actual, at) => {
      // the loss is a sum of some 20 float32 terms
      const { value, error } = derivative(direct, values, names.indexOf(name), at, [1], 4 * eps)
      expect(error).toBeLessThan(1e-2)
      expect(Math.abs(actual - value)).toBeLessThanOrEqual(error + rounding(Math.abs(value)))
    })
  })

  it("has the gradients that tfjs's own tape gives the direct program", () => {
    tf.tidy(() => {
      const grads = tf.grads((...tensors: Array<tf.Tensor>) =>
        minusElbo(Object.fromEntries(names.map((name, i) => [name, tensors[i] as tf.Tensor])))
      )
      grads(values.map(tensorOf)).forEach((gradient, i) => {
        const actual = results[`grad:${names[i]}`]?.values ?? []
        gradient.dataSync().forEach((expected, at) => {
          expect(Math.abs((actual[at] ?? Number.NaN) - expected)).toBeLessThanOrEqual(rounding(Math.abs(expected)))
        })
      })
    })
  })
})

it("passes by indices that depend on what is differentiated", () => {
  const graph = record((recorder) => {
    const x = recorder.input("x", [3])
    const first = tf.cast(tf.floor(tf.slice(x, [0], [1])), "int32")
    return { loss: tf.sum(tf.square(tf.gather(x, first))) }
  })
  const { outputs } = differentiate(graph, "loss", ["x"])
  expect(Object.keys(outputs)).toContain("grad:x")
  const { "grad:x": gradient } = runGraph(differentiate(graph, "loss", ["x"]), {
    x: { values: Float32Array.of(1.5, -3, 2), shape: [3], dtype: "float32" }
  })
  expect(Array.from(gradient?.values ?? [])).toEqual([0, -6, 0])
})

it("gives floorDiv the slope 0, where tfjs gives it that of a quotient", () => {
  const graph = record((recorder) => ({ loss: tf.sum(tf.floorDiv(recorder.input("x", [2]), 0.7)) }))
  const x = { values: Float32Array.of(1.5, -3), shape: [2], dtype: "float32" as const }
  expect(Array.from(runGraph(differentiate(graph, "loss", ["x"]), { x })["grad:x"]?.values ?? [])).toEqual([0, 0])
})

describe("the largest and the smallest of several numbers", () => {
  it.each([
    ["max", tf.max, -1],
    ["min", tf.min, 1]
  ] as const)("%s shares its gradient among those that are equal", (_, op, beside) => {
    const single = record(({ input }) => {
      const p = input("p", [])
      return { loss: op(tf.stack([p, p, tf.add(p, beside)])) }
    })
    const graph = differentiate(single, "loss", ["p"])
    const slope = runGraph(graph, { p: { values: Float32Array.of(0.3), shape: [], dtype: "float32" } })["grad:p"]
    expect(slope?.values[0]).toBeCloseTo(1, 6)
  })

  it("a graph without the parameters that are asked for has no gradients, and is no error", () => {
    const graph = record(({ input }) => ({ loss: tf.square(input("x", [])) }))
    expect(Object.keys(differentiate(graph, "loss", ["p"]).outputs)).toEqual(["loss"])
  })
})

it("keeps corrected gradients when another copy of tfjs registers its own again, as one does that is loaded later", () => {
  registerGradients()
  const ours = tf.getGradient("Maximum")
  tf.registerGradient({ ...tf.getGradient("Add"), kernelName: "Maximum" })
  const graph = record(({ input }) => ({ loss: tf.sum(tf.maximum(input("x", [2]), 0)) }))
  expect(tf.getGradient("Maximum")).not.toBe(ours)
  differentiate(graph, "loss", ["x"])
  expect(tf.getGradient("Maximum")).toBe(ours)
})
