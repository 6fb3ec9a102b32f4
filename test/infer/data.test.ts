import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { atOnce, type Pieces, piece } from "../../src/data/pieces.ts"
import { Masked } from "../../src/dist/combine/Masked.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DataFormat, SupportViolation } from "../../src/Errors.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { checkSupport } from "../../src/infer/run/checkSupport.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "./harness.ts"

const rows = Dataset.of([0, 1, 0, 1, 0, 0, 1, 1, 0], [3])

test("rows of vectors are checked as vectors: the first whose numbers do not go together is named", () => {
  expect(() => atOnce(checkSupport("label", "oneHot", rows))).toThrow(SupportViolation)
  expect(() => atOnce(checkSupport("label", "oneHot", rows))).toThrow(
    "site 'label' has support 'oneHot', but row 2 does not lie in it."
  )
  expect(() => atOnce(checkSupport("label", "boolean", rows))).not.toThrow()
  expect(() => atOnce(checkSupport("label", "oneHot", Dataset.take(rows, 2)))).not.toThrow()
})

test("a number that can stand in no vector of the support is named itself", () => {
  const odd = Dataset.of([0, 1, 0, 0.5, 0.5, 0], [3])
  expect(() => atOnce(checkSupport("label", "oneHot", odd))).toThrow("row 1 holds 0.5")
  expect(() => atOnce(checkSupport("weights", "simplex", odd))).not.toThrow()
})

test("several vectors in one row are checked each", () => {
  const pairs = Dataset.of([0, 1, 1, 0, 0, 1, 1, 1], [2, 2])
  expect(() => atOnce(checkSupport("labels", "oneHot", pairs))).toThrow("row 1 does not lie in it")
})

describe("many numbers are checked in pieces, between which the rest of the program runs", () => {
  /** what each piece of some work read, in numbers */
  const readIn = (work: Pieces<unknown>, read: () => number): ReadonlyArray<number> => {
    const pieces: Array<number> = []
    for (let before = 0, over = false; !over; before = read()) {
      over = work.next().done === true
      pieces.push(read() - before)
    }
    return pieces
  }
  /** numbers that count how often they are read */
  const counting = (length: number, value: (i: number) => number) => {
    let count = 0
    const values = new Proxy(new Float32Array(0), {
      get: (target, name) => {
        if (name === "length") return length
        if (typeof name !== "string" || !/^\d+$/.test(name)) return Reflect.get(target, name, target)
        count++
        return value(Number(name))
      }
    })
    return { values, read: () => count }
  }
  const size = 2.5 * piece

  test("number by number", () => {
    const { values, read } = counting(size, () => 1)
    const rows = { event: [], size, shape: [size] as const, support: "real", values, scale: 1 }
    expect(readIn(checkSupport("x", "positive", rows), read)).toEqual([piece, piece, piece / 2])
  })

  test("as vectors", () => {
    const rows = Dataset.ofBytes(new Uint8Array(4 * piece).fill(255), [piece / 2])
    let pieces = 1
    const work = checkSupport("x", "ordered", {
      ...rows,
      values: Float32Array.from({ length: 4 * piece }, (_, i) => i),
      scale: 1
    })
    while (work.next().done !== true) pieces++
    // three turns within the numbers and three within the vectors
    expect(pieces).toBe(7)
  })

  test("up to the first that is wrong, which is named by its row", () => {
    const { values, read } = counting(size, (i) => (i === piece + 7 ? -1 : 1))
    const rows = { event: [], size, shape: [size] as const, support: "real", values, scale: 1 }
    const work = checkSupport("x", "positive", rows)
    work.next()
    expect(read()).toBe(piece)
    expect(() => work.next()).toThrow(`row ${piece + 7} holds -1`)
  })
})

type Scalar = Tensor<readonly []>
const quiet = { epochs: 1, progress: false } as const
const numbers = (values: ReadonlyArray<number>, shape: ReadonlyArray<number>) => tf.tensor([...values], [...shape])

describe("missing values under a mask", () => {
  type Row = { readonly y: Tensor<readonly [2]>; readonly seen: Tensor<readonly [2]> }
  const masked = (maskOf: (row: Row, w: Scalar) => tf.Tensor) =>
    program(
      Effect.gen(function* () {
        const w = yield* sample("w", Normal(0, 1))
        yield* plate("rows", (row: Row) =>
          observe("y", Masked(Normal(w, 1).iid(2) as never, Tensor.of([2], maskOf(row, w))))
        )
      }) as never
    ).guide((() => ({ w: Normal(param("m", 0.3), 0.5) })) as never) as ReturnType<ReturnType<typeof program>["guide"]>
  const values = [1, Number.NaN, Number.NaN, Number.NaN, -0.5, 2]
  const seen = [1, 0, 0, 0, 1, 1]
  const data = (mask: ReadonlyArray<number> = seen, y: ReadonlyArray<number> = values) =>
    ({ rows: { y: numbers(y, [3, 2]), seen: numbers(mask, [3, 2]) } }) as never
  const none = ({ seen }: Row): tf.Tensor => seen

  test("may be NaN where the mask is 0, and count nothing: the ELBO is that of any other numbers there", async () => {
    const filled = values.map((x) => (Number.isNaN(x) ? 7 : x))
    const fit = async (y: ReadonlyArray<number>) => {
      const fitted = await run(masked(none).fit(data(seen, y), quiet), cpu)
      return [await run(fitted.elbo(data(seen, y)), cpu), fitted.parameters] as const
    }
    const [elbo, parameters] = await fit(values)
    expect(Number.isFinite(elbo)).toBe(true)
    expect([elbo, parameters]).toEqual(await fit(filled))
  })

  test.each([
    ["computed from the data", ({ y }: Row) => tf.sub(1, tf.cast(tf.isNaN(y), "float32"))],
    ["a constant", () => tf.tensor1d([1, 1])]
  ])("a mask that is %s is known before the first step", async (what, maskOf) => {
    if (what === "a constant") {
      const first = ({ seen: _ }: Row): tf.Tensor => tf.tensor1d([1, 0])
      const holed = [1, Number.NaN, 2, Number.NaN, 3, 4]
      await run(masked(first).fit(data(seen, holed), quiet), cpu)
      const error = await failure(masked(maskOf).fit(data(seen, holed), quiet))
      expect(error.message).toContain("row 0 holds NaN. Masked leaves out what its mask is 0 for, but here it is 1")
    } else await run(masked(maskOf).fit(data(), quiet), cpu)
  })

  test("are refused where the mask is 1, by the row and in words that name Masked", async () => {
    const error = await failure(masked(none).fit(data([1, 0, 0, 1, 1, 1]), quiet))
    expect(error).toBeInstanceOf(SupportViolation)
    expect(error.message).toBe(
      "site 'y' has support 'real', but row 1 holds NaN. Masked leaves out what its mask is 0 for, but here it is 1: make it 0 where the value is missing."
    )
  })

  test("are refused under a mask that is learned or drawn", async () => {
    const drawn = ({ seen }: Row, w: Scalar): tf.Tensor => tf.mul(seen, tf.cast(tf.greater(w, -99), "float32"))
    const error = await failure(masked(drawn).fit(data(), quiet))
    expect(error).toBeInstanceOf(SupportViolation)
    expect(error.message).toContain("The distribution is Masked, but its mask is not known before the first step")
  })

  test("without a mask are refused with the advice to use one", async () => {
    const bare = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
    const error = await failure(bare.fit(numbers([1, Number.NaN], [2]) as never, quiet))
    expect(error.message).toContain("row 1 holds NaN")
    expect(error.message).toContain("Masked(dist, row.mask)")
    expect(() => Dataset.of([1, Number.NaN], [])).toThrow("write Data.missing(values, event)")
    expect(() => Dataset.of([1, Number.POSITIVE_INFINITY], [])).not.toThrow("Masked")
  })

  test("whole vectors are left out: the others are checked as vectors", async () => {
    const rows = Dataset.of([0.2, 0.8, 0.5, 0.5, 0.9, 0.1], [2])
    const holed = { ...rows, values: Float32Array.of(0.2, 0.8, Number.NaN, 0, 0.9, 0.3) }
    const words = (mask: ReadonlyArray<number>) => () =>
      atOnce(checkSupport("p", "simplex", holed, { counts: () => mask }))
    expect(words([1, 0, 0])).not.toThrow()
    expect(words([1, 0, 1])).toThrow("row 2 does not lie in it")
    expect(words([1, 1, 0])).toThrow("row 1 holds NaN")
  })
})

describe("data from plain JavaScript", () => {
  const one = program(
    Effect.gen(function* () {
      const w = yield* sample("w", Normal(0, 1))
      yield* observe("y", Normal(w, 1))
      yield* plate("rows", (_row: { readonly x: Scalar }) => observe("x", Normal(w, 1)))
    })
  ).guide(() => ({ w: Normal(param("m", 0.3), 0.5) }))
  const rows = { x: Dataset.of([1, 2], []) }
  const y = Tensor.of([], tf.scalar(0.5))

  test.each([
    [
      "a bare number for a value",
      { y: 3, rows },
      "data.y: it is the number 3, which would be how many rows a plate has, and 'y' is observed outside of plates. Write Tensor.of([], tf.scalar(3))"
    ],
    [
      "a list for a value",
      { y: [1, 2, 3], rows },
      "data.y: it is an array of shape [3], not a tensor. Write Tensor.of([3], tf.tensor(values, [3]))"
    ],
    [
      "a list of lists",
      { y: [[1, 2]], rows },
      "data.y: it is an array of shape [1, 2], not a tensor. Write Tensor.of([1, 2]"
    ],
    ["a typed array", { y: Float32Array.of(1, 2), rows }, "data.y: it is an array of shape [2], not a tensor."],
    ["nothing", { y: undefined, rows }, "data.y: it is undefined"],
    ["null", { y: null, rows }, "data.y: it is null"],
    ["a text", { y: "3", rows }, 'data.y: it is the text "3"'],
    [
      "a list for rows",
      { y, rows: { x: [1, 2] } },
      "data.rows.x: it is an array of shape [2], not rows. Write Data.of(numbers, [])"
    ],
    [
      "a list of lists for rows",
      {
        y,
        rows: {
          x: [
            [1, 2],
            [3, 4]
          ]
        }
      },
      "Write Data.of(numbers, [2]) with all numbers in one list, row after row"
    ],
    ["a number for rows", { y, rows: { x: 1 } }, "data.rows.x: it is the number 1, not rows."],
    ["a list for the whole", [1, 2], "data: it is an array of shape [2]. Give a record"],
    ["a tensor for the whole", y, "data: it is a tensor of shape []. Give a record"],
    ["nothing for the whole", undefined, "data: it is undefined. Give a record"],
    [
      "a plate that is not there",
      { y, rows, row: rows },
      "data.row: the program has no site in a plate 'row'. Leave it out, or check the name: the program has the plates 'rows' and observes outside of plates 'y'."
    ],
    ["a value that is not there", { y, rows, z: y }, "data.z: no site 'z' is observed outside of plates."]
  ])("%s is refused in words", async (_, data, words) => {
    const error = await failure(one.fit(data as never, quiet))
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain(words)
  })

  test("a list for a model is refused in words", async () => {
    const bare = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
    expect((await failure(bare.fit([1, 2] as never, quiet))).message).toContain("Write Data.of(numbers, [])")
  })

  test("also when it is given to a fitted program, or as validation data", async () => {
    const fitted = await run(one.fit({ y, rows } as never, quiet), cpu)
    const odd = { y, rows, more: rows } as never
    const words = "more: the program has no site in a plate 'more'"
    for (const use of [fitted.elbo(odd), fitted.posterior(odd, 1), fitted.logMarginal(odd)])
      expect((await failure(use)).message).toContain(`data.${words}`)
    const validated = one.fit({ y, rows } as never, { ...quiet, validation: odd })
    expect((await failure(validated)).message).toContain(`validation.${words}`)
  })

  test("a plate may have fields called values and event, as a dataset has", async () => {
    const named = program(
      Effect.gen(function* () {
        const w = yield* sample("w", Normal(0, 1))
        yield* plate("rows", (_row: { readonly values: Scalar; readonly event: Scalar }) =>
          Effect.andThen(observe("values", Normal(w, 1)), observe("event", Normal(w, 1)))
        )
      })
    ).guide(() => ({ w: Normal(param("m", 0.3), 0.5) }))
    const data = { rows: { values: Dataset.of([1, 2], []), event: Dataset.of([1, 2], []) } }
    expect(Number.isFinite(await run((await run(named.fit(data as never, quiet), cpu)).elbo(data as never), cpu))).toBe(
      true
    )
  })
})

test("data that are not there yet are refused with the words that are missing: the Effect of a reader, a Promise", async () => {
  const guided = program(function* () {
    const z = yield* sample("z", Normal(0, 1))
    yield* plate("rows", function* () {
      yield* observe("y", Normal(z, 1))
    })
  }).autoGuide()
  const reason = async (data: unknown) =>
    (await failure(guided.fit(data as never, { epochs: 1, progress: false }), cpu)).message
  const reader = Effect.succeed({ y: Dataset.of([1, 2], []) })
  expect(await reason(reader)).toContain("data: it is an Effect that has not been run")
  expect(await reason({ rows: reader })).toContain("data.rows: it is an Effect that has not been run")
  expect(await reason({ rows: { y: reader } })).toContain("data.rows.y: it is an Effect that has not been run")
  expect(await reason({ rows: Promise.resolve({}) })).toContain("data.rows: it is a Promise")
  expect(await reason({ rows: reader })).toContain("yield*")
})
