import { readdirSync, readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { pipe } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { InvalidOption, ShapeMismatch } from "../../../src/Errors.ts"
import { reshape } from "../../../src/tensor/ops/arrange.ts"
import { greater, where } from "../../../src/tensor/ops/compare.ts"
import { concat, slice, split, stack } from "../../../src/tensor/ops/join.ts"
import { dot, matmul } from "../../../src/tensor/ops/matmul.ts"
import { exp, log, softplus } from "../../../src/tensor/ops/ofOne.ts"
import { add, div, maximum, mul, pow } from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import { cumsum, logSoftmax, mean, softmax, sum } from "../../../src/tensor/ops/reduce.ts"
import { sameShape } from "../../../src/tensor/Tensor.ts"
import { differentiate } from "../../../src/trace/differentiate.ts"
import { record } from "../../../src/trace/record.ts"
import { vectorise } from "../../../src/trace/vectorise.ts"
import { verify } from "../../../src/trace/verify.ts"
import { derivative } from "../../support/finiteDifferences.ts"
import { draw, mulberry } from "../../support/kernelCalls.ts"
import { stack as batch, compute, type Numbers, runGraph, scalar, tensorOf, useCpu } from "../../support/onCpu.ts"
import { inputsOf, recordCall } from "../../support/recordCall.ts"
import { plainOf } from "./plain.ts"
import { type Use, uses } from "./uses.ts"

useCpu()

const eps = 2 ** -24
const all = Object.entries(uses)
const smooth = all.filter(([, examples]) => fc.sample(examples, { seed: 1, numRuns: 1 })[0]?.jumps !== true)
const seed = fc.nat(1e6)
const valuesOf = (use: Use, seed: number): ReadonlyArray<Numbers> => draw(use.operands, seed, use.corners)
const eager = (run: Use["run"], values: ReadonlyArray<Numbers>): Numbers => compute(() => run(...values.map(tensorOf)))

it("each operation that is exported is used here", () => {
  const folder = new URL("../../../src/tensor/ops/", import.meta.url)
  const index = readFileSync(new URL("../../../src/index.ts", import.meta.url), "utf8")
  const exported = readdirSync(folder).flatMap((file) => {
    const from = new RegExp(`export \\{([^}]*)\\} from "./tensor/ops/${file}"`, "g")
    return [...index.matchAll(from)].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()))
  })
  expect(exported.length).toBeGreaterThan(40)
  expect(Object.keys(uses).sort()).toEqual(exported.sort())
})

describe("an operation gives what plain loops in float64 give, called with the data first or last", () => {
  it.each(all)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, (use, seed) => {
        const values = valuesOf(use, seed)
        const found = eager(use.run, values)
        const expected = use.expected(...values.map(plainOf))
        expect(found.shape).toEqual(expected.shape)
        // a few roundings of float32, and the accuracy of tfjs's own functions
        expected.values.forEach((value, i) => {
          const off = Math.abs((found.values[i] ?? Number.NaN) - value)
          expect(off, `${found.values[i]} for ${value}`).toBeLessThanOrEqual(32 * eps * Math.max(1, Math.abs(value)))
        })
        expect(eager(use.last, values)).toEqual(found)
      }),
      { seed: 1, numRuns: 30 }
    )
  })
})

describe("an operation that is recorded computes what it computes at once", () => {
  it.each(all)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, (use, seed) => {
        const values = valuesOf(use, seed)
        const graph = verify(recordCall(use), "recording")
        expect(runGraph(graph, inputsOf(values))["y"]).toEqual(eager(use.run, values))
      }),
      { seed: 2, numRuns: 15 }
    )
  })
})

describe("a vectorised operation equals a plain loop over single data, whichever operands have the axis", () => {
  const lanes = 3
  it.each(all)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, fc.nat(), (use, seed, pattern) => {
        const count = use.operands.length
        const chosen = 1 + (pattern % (2 ** count - 1))
        const batched = (i: number): boolean => ((chosen >> i) & 1) === 1
        const data = Array.from({ length: lanes }, (_, lane) => valuesOf(use, seed + lane))
        const datum = (lane: number) => use.operands.map((_, i) => data[batched(i) ? lane : 0]?.[i] as Numbers)
        const loop = batch(data.map((_, lane) => eager(use.run, datum(lane))))
        const inputs = new Set(use.operands.flatMap((_, i) => (batched(i) ? [`x${i}`] : [])))
        const wide = vectorise(recordCall(use), { name: "data", size: lanes, inputs, sites: new Set() })
        const given = use.operands.map((_, i) =>
          batched(i) ? batch(data.map((values) => values[i] as Numbers)) : (data[0]?.[i] as Numbers)
        )
        const found = runGraph(verify(wide, "vectorise"), inputsOf(given))["y"]
        expect(found?.shape).toEqual(loop.shape)
        loop.values.forEach((value, i) => {
          expect(Math.abs((found?.values[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(
            8 * eps * Math.max(1, Math.abs(value))
          )
        })
      }),
      { seed: 3, numRuns: 20 }
    )
  })
})

describe("the gradient of an operation equals central differences", () => {
  it.each(smooth)("%s", (_, examples) => {
    fc.assert(
      fc.property(examples, seed, (use, seed) => {
        const values = valuesOf(use, seed)
        const direct = (given: ReadonlyArray<Numbers>): Numbers => eager(use.run, given)
        const random = mulberry(seed)
        const { shape, values: outputs } = direct(values)
        const weights = Float32Array.from(outputs, () => Math.round((2 * random() - 1) * 1024) / 1024)
        const floats = use.operands.flatMap(({ dtype }, i) => (dtype === "float32" ? [i] : []))
        const loss = record((recorder) => {
          const inputs = use.operands.map(({ shape, dtype }, i) => recorder.input(`x${i}`, shape, dtype))
          return { loss: tf.sum(tf.mul(use.run(...inputs), tf.tensor(weights, [...shape]))) }
        })
        const graph = differentiate(
          loss,
          "loss",
          floats.map((i) => `x${i}`)
        )
        const found = runGraph(verify(graph, "differentiate"), inputsOf(values))
        for (const i of floats)
          found[`grad:x${i}`]?.values.forEach((actual, at) => {
            const { value, error } = derivative(direct, values, i, at, weights, 4 * eps)
            expect(error, "the estimate is too rough to test anything").toBeLessThan(1e-2 * (1 + Math.abs(value)))
            expect(Math.abs(actual - value), `x${i}[${at}]`).toBeLessThanOrEqual(
              error + 64 * eps * (1 + Math.abs(value))
            )
          })
      }),
      { seed: 4, numRuns: 8 }
    )
  })
})

const thrown = (f: () => unknown): unknown => {
  try {
    tf.tidy(() => void f())
  } catch (error) {
    return error
  }
  throw new Error("nothing was thrown")
}

/** Calls as plain JavaScript makes them, where no type was checked. */
const untyped = <F>(f: F) => f as (...x: ReadonlyArray<unknown>) => unknown

describe("shapes that do not go together are a ShapeMismatch that says both", () => {
  const vector = (n: number) => tf.zeros([n])
  it.each<[string, () => unknown, ReadonlyArray<number>, ReadonlyArray<number>]>([
    ["add", () => untyped(add)(vector(3), vector(4)), [3], [4]],
    ["add", () => (untyped(add)(vector(4)) as (x: unknown) => unknown)(vector(3)), [3], [4]],
    ["mul", () => untyped(mul)(tf.zeros([3, 1]), vector(3)), [3, 1], [3]],
    ["where", () => untyped(where)(vector(2), vector(3), 1), [2], [3]],
    ["dot", () => untyped(dot)(vector(3), vector(1)), [3], [1]],
    ["dot", () => untyped(dot)(tf.zeros([2, 2]), tf.zeros([2, 2])), [2, 2], [2, 2]],
    ["matmul", () => untyped(matmul)(tf.zeros([2, 3]), vector(2)), [2, 3], [2]],
    ["matmul", () => untyped(matmul)(tf.zeros([1, 2, 3]), vector(3)), [1, 2, 3], [3]],
    ["stack", () => untyped(stack)([vector(1), 1]), [1], []],
    ["concat", () => untyped(concat)([vector(1), tf.zeros([1, 1])]), [1], [1, 1]],
    ["concat", () => untyped(concat)([tf.scalar(1)]), [], []],
    ["split", () => untyped(split)(vector(3), [1, 1]), [2], [3]],
    ["reshape", () => untyped(reshape)(vector(3), [2]), [2], [3]],
    ["at", () => untyped(at)(tf.scalar(1), 0), [2], []],
    ["slice", () => untyped(slice)(tf.scalar(1), 0), [2], []]
  ])("%s", (where, f, expected, actual) => {
    const error = thrown(f)
    expect(error).toBeInstanceOf(ShapeMismatch)
    expect(error).toMatchObject({ where, expected, actual })
  })

  it("for every two shapes that NumPy would not broadcast, or only by repeating the longer one", () => {
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 })
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const [short, long] = a.length < b.length ? [a, b] : [b, a]
        const rank = long.length
        const padded = [...Array<number>(rank - short.length).fill(1), ...short]
        const broadcast = long.map((n, i) => Math.max(n, padded[i] ?? 1))
        const numpy = long.every((n, i) => n === padded[i] || n === 1 || padded[i] === 1)
        const fits = numpy && (short.length === rank || sameShape(broadcast, long))
        const run = () => untyped(add)(tf.zeros(a), tf.zeros(b))
        if (fits) expect(compute(() => run() as tf.Tensor).shape).toEqual(broadcast)
        else expect(thrown(run)).toBeInstanceOf(ShapeMismatch)
      }),
      { seed: 5, numRuns: 300 }
    )
  })
})

describe("what is no operand, no axis and no position is an InvalidOption that says what is", () => {
  it.each<[string, () => unknown, string]>([
    ["undefined", () => untyped(add)(1, undefined), "undefined; expected numbers, or tensors of numbers"],
    ["a list", () => untyped(exp)([1, 2]), "an array; expected numbers"],
    ["text", () => untyped(mul)("a", 1), "'a'; expected numbers"],
    ["a string tensor", () => untyped(sum)(tf.tensor(["a"])), "a tensor of string"],
    ["an axis beyond the last", () => untyped(sum)(tf.zeros([2, 3]), 2), "expected a whole number from -2 to 1"],
    ["half an axis", () => untyped(cumsum)(tf.zeros([2]), 0.5), "expected a whole number from -1 to 0"],
    ["an axis of a scalar", () => untyped(softmax)(tf.scalar(1)), "a scalar has no axes"],
    ["a position beyond the last", () => at(stack([1, 2]), 2), "'at' is 2; expected a whole number from -2 to 1"],
    ["no position", () => untyped(at)(stack([1, 2]), "a"), "expected a number, or a tensor of whole numbers"],
    [
      "an end before the start",
      () => untyped(slice)(stack([1, 2]), 1, 1),
      "expected whole numbers 0 ≤ start < end ≤ 2"
    ],
    ["an empty list", () => untyped(stack)([]), "an empty list"],
    ["a shape that is none", () => untyped(reshape)(stack([1, 2]), [-1]), "expected a shape such as [2, 3]"]
  ])("%s", (_, f, message) => {
    const error = thrown(f)
    expect(error).toBeInstanceOf(InvalidOption)
    expect((error as InvalidOption).message).toContain(message)
  })
})

describe("numbers of other types", () => {
  const whole = () => tf.tensor1d([1, 2], "int32")
  const booleans = () => tf.tensor1d([1, 0], "bool")
  it("whole numbers are divided, averaged and put into functions as numbers", () => {
    expect(compute(() => div(whole(), 2)).values).toEqual(Float32Array.of(0.5, 1))
    expect(compute(() => pow(whole(), -1)).values).toEqual(Float32Array.of(1, 0.5))
    expect(scalar(() => mean(whole()))).toBe(1.5)
    expect(compute(() => exp(whole())).values[0]).toBeCloseTo(Math.E, 6)
    expect(scalar(() => dot(whole(), stack([0.5, 0.5])))).toBe(1.5)
  })
  it("booleans count as 0 and 1", () => {
    expect(compute(() => add(booleans(), booleans())).values).toEqual(Float32Array.of(2, 0))
    expect(scalar(() => sum(greater(stack([1, 2, 3]), 1)))).toBe(2)
    expect(compute(() => maximum(booleans(), 0.5)).values).toEqual(Float32Array.of(1, 0.5))
  })
  it("an index may be of float32, as rows of data are", () => {
    expect(compute(() => at(stack([10, 20, 30]), stack([2, 0]))).values).toEqual(Float32Array.of(30, 10))
  })
})

describe("far out", () => {
  it("softplus, softmax and its logarithm neither overflow nor lose what is small", () => {
    expect(compute(() => logSoftmax(stack([0, 1000]))).values).toEqual(Float32Array.of(-1000, 0))
    expect(compute(() => softmax(stack([-1000, 1000]))).values).toEqual(Float32Array.of(0, 1))
    expect(compute(() => softplus(stack([1000, -1000]))).values).toEqual(Float32Array.of(1000, 0))
  })
  it("a branch that is not taken does not spoil the gradient, if its argument stays inside of its domain", () => {
    const slope = (f: (x: tf.Tensor) => tf.Tensor) => scalar(() => tf.grad(f)(tf.scalar(-1)))
    expect(slope((x) => where(greater(x, 0), log(maximum(x, 1e-30)), mul(x, 2)))).toBe(2)
  })
})

it("operations read in a pipe in the order in which they happen", () => {
  expect(scalar(() => pipe(stack([1, 2]), mul(3), add(1), sum))).toBe(11)
})
