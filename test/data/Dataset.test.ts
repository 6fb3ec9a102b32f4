import * as tf from "@tensorflow/tfjs"
import { Effect, Exit, Fiber } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import { Dataset } from "../../src/data/Dataset.ts"
import { DataFormat, InvalidOption } from "../../src/Errors.ts"

const grey = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([width, size]) =>
    fc.uint8Array({ minLength: width * size, maxLength: width * size }).map((bytes) => Dataset.ofBytes(bytes, [width]))
  )

describe("Dataset.of", () => {
  test("makes rows of the given shape, real where no support is named", () => {
    const points = Dataset.of([0, 0, 1, 1, 2, 4], [2])
    expect(points).toMatchObject({ event: [2], size: 3, shape: [3, 2], support: "real", scale: 1 })
  })

  test("takes scalar rows", () => {
    expect(Dataset.of([1, 2, 3], []).shape).toEqual([3])
  })

  test("keeps a Float32Array without copying it", () => {
    const values = Float32Array.of(1, 2)
    expect(Dataset.of(values, [2]).values).toBe(values)
  })

  test.each([
    ["numbers that do not make whole rows", [1, 2, 3], [2], "3 numbers do not make whole rows of shape [2]"],
    ["no rows", [], [2], "0 numbers do not make whole rows"],
    ["a row without numbers", [1], [0], "a row cannot have shape [0]"],
    ["a broken dimension", [1], [0.5], "a row cannot have shape [0.5]"]
  ])("refuses %s", (_, values, event, message) => {
    expect(() => Dataset.of(values, event)).toThrow(DataFormat)
    expect(() => Dataset.of(values, event)).toThrow(message)
  })

  test.each([
    ["real", Number.NaN],
    ["real", Number.POSITIVE_INFINITY],
    ["unitInterval", 1.5],
    ["boolean", 0.5],
    ["positive", 0],
    ["integer", 2.5]
  ])("refuses a number outside the support %s: %d, naming its row", (support, wrong) => {
    const make = () => Dataset.of([1, 1, 1, wrong], [2], support)
    expect(make).toThrow(DataFormat)
    expect(make).toThrow(`number 3 (row 1) is ${wrong}, which lies outside the support '${support}'`)
  })

  test("refuses rows whose numbers do not go together on a support of vectors", () => {
    expect(() => Dataset.of([0.5, 0.5, 0.25, 0.5], [2], "simplex")).toThrow("row 1 lies outside the support 'simplex'")
    expect(Dataset.of([0.5, 0.5, 0.25, 0.75], [2], "simplex").support).toBe("simplex")
  })
})

describe("Dataset.of for callers without a compiler", () => {
  const of: (...args: ReadonlyArray<unknown>) => Dataset = Dataset.of as never
  const ofBytes: (...args: ReadonlyArray<unknown>) => Dataset = Dataset.ofBytes as never

  test("reads the shape of a row off lists inside of lists", () => {
    const pairs = Dataset.of([
      [1, 2],
      [3, 4]
    ])
    const typed: Dataset<readonly [number], "real"> = pairs
    expect(typed).toMatchObject({ event: [2], size: 2, shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) })
    expect(of([[[1], [2]]])).toMatchObject({ event: [2, 1], shape: [1, 2, 1] })
    expect(of([Float32Array.of(1, 2), [3, 4]], [2], "positive")).toMatchObject({ shape: [2, 2], support: "positive" })
  })

  test("makes of lists what it makes of the same numbers in one list", () => {
    const nested = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })).chain(([rows, width]) =>
      fc.array(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: width, maxLength: width }), {
        minLength: rows,
        maxLength: rows
      })
    )
    fc.assert(
      fc.property(nested, (lists) => {
        expect(Dataset.of(lists)).toEqual(Dataset.of(lists.flat(), [lists[0]?.length ?? 0]))
      })
    )
  })

  test.each([
    [[5.1, null, 4.9], "values[1] is null, not a number. Leave out rows with gaps"],
    [[5.1, undefined], "values[1] is undefined, not a number. Leave out rows with gaps"],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
    [[5.1, , 4.9], "values[1] is a hole, not a number. Leave out rows with gaps"],
    [["5.1"], "values[0] is the text '5.1', not a number. Convert it"],
    [[1, ""], "values[1] is an empty text, not a number. Leave out rows with gaps"],
    [[true], "values[0] is true, not a number"],
    [[1n], "values[0] is 1, not a number"],
    [[{}], "values[0] is [object Object], not a number"],
    [BigInt64Array.of(1n), "values[0] is 1, not a number"],
    [[1e39], "values[0] is 1e+39, too large for a float of 32 bits"],
    [[1, [2]], "values[1] is a list of 1, not a number"],
    ["123", "values is the text '123', not a list of numbers"],
    [5, "values is 5, not a list of numbers"],
    [undefined, "values is undefined, not a list of numbers"],
    [{ length: 1, 0: 1 }, "values is [object Object], not a list of numbers"],
    [new Set([1]), "values is [object Set], not a list of numbers"],
    [new DataView(new ArrayBuffer(4)), "values is [object DataView], not a list of numbers"]
  ])("refuses values that are no numbers: %#", (values, message) => {
    expect(() => of(values, [])).toThrow(DataFormat)
    expect(() => of(values, [])).toThrow(message)
  })

  const circle: Array<unknown> = []
  circle.push(circle)
  test.each([
    [[[1, 2], [3]], "values[1] has 1 entries, but the first of its kind is a list of 2"],
    [[[1], 2], "values[1] is 2, but the first of its kind is a list of 1"],
    [[[1], [null]], "values[1][0] is null, not a number"],
    [[[]], "the lists have shape [1, 0]"],
    [[[1, 2]], "event is [3], but values has rows of shape [2]", [3]],
    [circle, "values is more than 16 lists deep"]
  ])("refuses lists that are no rows: %#", (values, message, event?: ReadonlyArray<number>) => {
    expect(() => of(values, event)).toThrow(DataFormat)
    expect(() => of(values, event)).toThrow(message)
  })

  test.each([
    [[[1, 2]], "event, the shape of a row, is missing. Write Data.of(values, []) for rows of one number"],
    [[Float32Array.of(1, 2)], "event, the shape of a row, is missing"],
    [[[1, 2], 2], "event is 2, not the shape of a row"],
    [[[1, 2], "2"], "event is the text '2', not the shape of a row"],
    [[[1, 2], null], "event is null, not the shape of a row"],
    [[[1, 2], ["2"]], "a row cannot have shape [the text '2']"],
    [[[1, 2], Array(1)], "a row cannot have shape [undefined]"],
    [[[1, 2], [], 5], "support is 5, not the name of a support"]
  ])("refuses the arguments %j", (args, message) => {
    expect(() => of(...args)).toThrow(DataFormat)
    expect(() => of(...args)).toThrow(message)
  })

  test.each([
    [[[1, 2], [2]], "values is a list of 2, not a Uint8Array"],
    [[Float32Array.of(1), [1]], "values is a list of 1, not a Uint8Array"],
    [[Uint8Array.of(1)], "event is undefined, not the shape of a row"]
  ])("refuses as bytes the arguments %j", (args, message) => {
    expect(() => ofBytes(...args)).toThrow(DataFormat)
    expect(() => ofBytes(...args)).toThrow(message)
  })
})

describe("memory that threads share", () => {
  const shared = <A extends Float32Array | Uint8Array>(values: A, Kind: new (buffer: SharedArrayBuffer) => A): A => {
    const copy = new Kind(new SharedArrayBuffer(values.byteLength))
    copy.set(values)
    return copy
  }

  test("is copied, so that no other thread changes what was checked", () => {
    const floats = shared(Float32Array.of(1, 2), Float32Array)
    const bytes = shared(Uint8Array.of(0, 255), Uint8Array)
    const [rows, images] = [Dataset.of(floats, []), Dataset.ofBytes(bytes, [])]
    floats[0] = Number.NaN
    bytes[0] = 7
    expect(rows.values).toEqual(Float32Array.of(1, 2))
    expect(images.values).toEqual(Uint8Array.of(0, 255))
    expect(rows.values.buffer).toBeInstanceOf(ArrayBuffer)
    expect(images.values.buffer).toBeInstanceOf(ArrayBuffer)
  })
})

describe("take and slice", () => {
  test("give the rows asked for, in their order, without copying them", () => {
    const rows = Dataset.of([0, 1, 2, 3, 4, 5], [2])
    expect(Data.take(rows, 2).values).toEqual(Float32Array.of(0, 1, 2, 3))
    expect(Data.slice(rows, 1, 3)).toMatchObject({ size: 2, shape: [2, 2], values: Float32Array.of(2, 3, 4, 5) })
    expect(Data.slice(rows, 1, 3).values.buffer).toBe(rows.values.buffer)
  })

  test("split a dataset into parts that together are the whole", () => {
    fc.assert(
      fc.property(
        grey.filter(({ size }) => size > 1),
        fc.nat(),
        (data, n) => {
          const cut = 1 + (n % (data.size - 1))
          const parts = [Data.slice(data, 0, cut), Data.slice(data, cut, data.size)]
          expect(parts.flatMap(({ values }) => [...values])).toEqual([...data.values])
          expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(data.size)
        }
      )
    )
  })

  test("refuse to give more rows than there are", () => {
    const rows = Dataset.of([1, 2], [])
    expect(() => Data.take(rows, 3)).toThrow(InvalidOption)
    expect(() => Data.take(rows, 3)).toThrow("option 'n' is 3; expected a whole number from 1 to 2")
    expect(() => Data.slice(rows, 1, 1)).toThrow("option 'to' is 1; expected a whole number from 2 to 2")
    expect(() => Data.slice(rows, -1, 1)).toThrow("option 'from' is -1")
  })
})

describe("within", () => {
  test("names a narrower support, once all rows lie in it", () => {
    const counts = Data.of([0, 3, 1], [])
    expect(Data.within(counts, "natural")).toEqual(Data.of([0, 3, 1], [], "natural"))
    expect(() => Data.within(counts, "positive")).toThrow("lies outside the support 'positive'")
    const grey = Data.ofBytes(Uint8Array.of(0, 255), [])
    expect(Data.within(grey, "boolean")).toEqual(Data.of([0, 1], [], "boolean"))
  })
})

describe("flatten", () => {
  test("puts a row into one dimension and leaves the numbers alone", () => {
    const images = Dataset.ofBytes(new Uint8Array(24), [3, 4])
    expect(Data.flatten(images)).toMatchObject({ event: [12], shape: [2, 12], size: 2, support: "unitInterval" })
  })
})

describe("toTensor", () => {
  test("applies the scale, exactly 1 for the largest byte", () => {
    const tensor = Data.toTensor(Dataset.ofBytes(Uint8Array.of(0, 51, 255, 102), [2]))
    expect(tensor.shape).toEqual([2, 2])
    expect(tensor.dtype).toBe("float32")
    expect(tensor.dataSync()).toEqual(Float32Array.of(0, 0.2, 1, 0.4))
    tensor.dispose()
  })

  test("gives some of the rows, and holds one tensor", () => {
    const before = tf.memory().numTensors
    const tensor = Data.toTensor(Dataset.of([0, 1, 2, 3], [1]), 1, 3)
    expect(tensor.arraySync()).toEqual([[1], [2]])
    expect(tf.memory().numTensors).toBe(before + 1)
    tensor.dispose()
  })
})

describe("binarize", () => {
  test("puts 1 above one half and 0 up to it when nothing is said", () => {
    const data = Data.binarize(Dataset.of([0, 0.5, 0.501, 1], [4], "unitInterval"))
    expect(data).toMatchObject({ support: "boolean", scale: 1, values: Uint8Array.of(0, 0, 1, 1) })
  })

  test("takes another threshold", () => {
    const bytes = Dataset.ofBytes(Uint8Array.of(0, 1, 25, 26), [4])
    expect(Data.binarize(bytes, { threshold: 0 }).values).toEqual(Uint8Array.of(0, 1, 1, 1))
    expect(Data.binarize(bytes, { threshold: 0.1 }).values).toEqual(Uint8Array.of(0, 0, 0, 1))
  })

  test("draws the same for the same seed and differently for another", () => {
    const data = Dataset.ofBytes(new Uint8Array(1000).fill(128), [10])
    expect(Data.binarize(data, { seed: 1 })).toEqual(Data.binarize(data, { seed: 1 }))
    expect(Data.binarize(data, { seed: 1 })).not.toEqual(Data.binarize(data, { seed: 2 }))
  })

  test("draws a row the same whether or not other rows follow", () => {
    const data = Dataset.ofBytes(new Uint8Array(70).fill(128), [7])
    expect(Data.take(Data.binarize(data, { seed: 3 }), 4)).toEqual(Data.binarize(Data.take(data, 4), { seed: 3 }))
  })

  test("draws black and white pixels as they are, and keeps the shape", () => {
    fc.assert(
      fc.property(grey, fc.nat(), (data, seed) => {
        const drawn = Data.binarize(data, { seed })
        expect(drawn.shape).toEqual(data.shape)
        data.values.forEach((v, i) => {
          if (v === 0 || v === 255) expect(drawn.values[i]).toBe(v / 255)
        })
      })
    )
  })

  test("draws 1 as often as the value says", () => {
    const n = 100_000
    const drawn = Data.binarize(Dataset.ofBytes(new Uint8Array(n).fill(51), [100]), { seed: 0 })
    const share = [...drawn.values].filter((v) => v === 1).length / n
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / n))
  })

  test("refuses a threshold and a seed that make no sense", () => {
    const data = Dataset.ofBytes(Uint8Array.of(1), [1])
    expect(() => Data.binarize(data, { threshold: 1 })).toThrow(InvalidOption)
    expect(() => Data.binarize(data, { threshold: Number.NaN })).toThrow("option 'threshold' is NaN")
    expect(() => Data.binarize(data, { seed: 0.5 })).toThrow("option 'seed' is 0.5")
  })
})

describe("data so large that the rest of the program should run meanwhile", () => {
  const size = 1_500_000
  /** Whether two datasets are the same; arrays of millions of numbers take vitest a minute. */
  const same = (a: Dataset, b: Dataset): void => {
    const bytes = ({ values }: Dataset) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)
    expect({ ...a, values: undefined }).toEqual({ ...b, values: undefined })
    expect(bytes(a).equals(bytes(b))).toBe(true)
  }
  const values = Float32Array.from({ length: size }, (_, i) => (i % 1000) / 1000)
  /** How often the event loop had its turn, while an Effect ran. */
  const turnsOf = async <A, E>(effect: Effect.Effect<A, E>): Promise<readonly [A, number]> => {
    let turns = 0
    let timer = setImmediate(function count() {
      turns++
      timer = setImmediate(count)
    })
    const result = await Effect.runPromise(effect)
    clearImmediate(timer)
    return [result, turns]
  }

  test("become the same datasets, a quarter of a million numbers at a time", async () => {
    const [made, turns] = await turnsOf(Data.ofLarge(values, [10], "unitInterval"))
    same(made, Data.of(values, [10], "unitInterval"))
    expect(turns).toBeGreaterThanOrEqual(5)
    for (const options of [{}, { threshold: 0.2 }, { seed: 3 }]) {
      const [bits, more] = await turnsOf(Data.binarizeLarge(made, options))
      same(bits, Data.binarize(made, options))
      expect(more).toBeGreaterThanOrEqual(5)
    }
  })

  test("also from lists, flat or in rows", async () => {
    const [flat, turns] = await turnsOf(Data.ofLarge(Array.from(values), [10], "real"))
    same(flat, Data.of(values, [10]))
    expect(turns).toBeGreaterThanOrEqual(5)
    const lists = Array.from({ length: size / 5 }, (_, i) => Array.from(values.subarray(5 * i, 5 * i + 5)))
    const [rows, more] = await turnsOf(Data.ofLarge(lists, [5], "real"))
    same(rows, Data.of(values, [5]))
    expect(more).toBeGreaterThanOrEqual(5)
  })

  test("are refused with the words of `of` and `binarize`", async () => {
    const wrong = Float32Array.from(values)
    wrong[1_234_567] = 2
    const error = await Effect.runPromise(Effect.flip(Data.ofLarge(wrong, [10], "unitInterval")))
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain("number 1234567 (row 123456) is 2")
    const simplex = Float32Array.from({ length: 900_000 }, (_, i) => (i === 800_001 ? 0.9 : 0.5))
    const outside = await Effect.runPromise(Effect.flip(Data.ofLarge(simplex, [2], "simplex")))
    expect(outside.message).toContain("row 400000 lies outside")
    expect(() => Data.of(simplex, [2], "simplex")).toThrow("row 400000 lies outside")
    const option = await Effect.runPromise(
      Effect.flip(Data.binarizeLarge(Data.of([0.5], [], "unitInterval"), { threshold: 2 }))
    )
    expect(option).toBeInstanceOf(InvalidOption)
  })

  test("may be interrupted", async () => {
    const fiber = Effect.runFork(Data.binarizeLarge(Data.of(values, [], "unitInterval"), { seed: 1 }))
    await new Promise((resolve) => setTimeout(resolve, 1))
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(Exit.isFailure(await Effect.runPromise(Fiber.await(fiber)))).toBe(true)
  })

  test.each([[null], [3], [{ threshold: 0.5, seed: 1 }], [{ level: 0.5 }]])(
    "binarize refuses the options %j",
    (options) => {
      expect(() => Data.binarize(Data.of([0.5], [], "unitInterval"), options as never)).toThrow(InvalidOption)
    }
  )
})

test("bounds may be infinite where that is said, and the refusal says how", () => {
  expect([...Data.of([1, Number.POSITIVE_INFINITY], [], "extendedReal").values]).toEqual([1, Number.POSITIVE_INFINITY])
  expect(() => Data.of([1, Number.POSITIVE_INFINITY], [])).toThrow('Data.of(values, event, "extendedReal")')
  expect(() => Data.of([1, Number.NaN], [], "extendedReal")).toThrow("is NaN")
})

describe("typed arrays", () => {
  test("of whole numbers are their values, as real numbers: bytes are not scaled", () => {
    expect([...Data.of(Uint8Array.of(0, 255, 3, 4), [2]).values]).toEqual([0, 255, 3, 4])
    expect(Data.of(Uint8Array.of(0, 255), [], "natural")).toMatchObject({ support: "natural", scale: 1 })
    expect([...Data.of(Int32Array.of(-7, 16_777_216), []).values]).toEqual([-7, 16_777_216])
    expect([...Data.of(Float64Array.of(0.1), []).values]).toEqual([Math.fround(0.1)])
    expect([...Data.of([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]).shape]).toEqual([2, 2])
  })

  test("of whole numbers that 32 bits would round are refused: two numbers would become one", () => {
    expect(() => Data.of(Int32Array.of(1, 16_777_217), [])).toThrow("values[1] is the whole number 16777217")
  })
})
