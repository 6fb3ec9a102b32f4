import { describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import { opened } from "../../../src/data/stream/opened.ts"
import { type Passes, passesOf } from "../../../src/data/stream/passes.ts"
import type { RowStream } from "../../../src/data/stream/RowStream.ts"

const begun = async (stream: RowStream, seed = 0): Promise<Passes> =>
  passesOf(await opened(stream, "data.rows", new AbortController().signal), { seed, plate: "rows", check: () => {} })

const taken = async (passes: Passes, count: number): Promise<ReadonlyArray<number>> =>
  Array.from((await passes.take(count))["y"] ?? [])

const numbers = (n: number) =>
  function* () {
    for (let i = 0; i < n; i++) yield { y: i }
  }

const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => values.toSorted((a, b) => a - b)
const upTo = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

describe("a shuffle buffer", () => {
  test.each([1, 2, 7, 1000, 2000])(
    "of %d rows gives each row once in each pass, in parts of any size",
    async (shuffle) => {
      const passes = await begun(Data.stream({ y: [] }, numbers(1500), { rows: 1500, shuffle }))
      for (let pass = 0; pass < 2; pass++) {
        const all: Array<number> = []
        for (const count of [1, 600, 256, 143, 500]) all.push(...(await taken(passes, count)))
        expect(sorted(all)).toEqual(upTo(1500))
      }
    }
  )

  test("of one row keeps the order of the source", async () => {
    const passes = await begun(Data.stream({ y: [] }, numbers(700), { rows: 700, shuffle: 1 }))
    expect(await taken(passes, 700)).toEqual(upTo(700))
  })

  test("gives no row before it could have come: at most as many places early as it has rows", async () => {
    const passes = await begun(Data.stream({ y: [] }, numbers(3000), { rows: 3000, shuffle: 50 }))
    const order = await taken(passes, 3000)
    expect(order.every((row, place) => row - place < 50)).toBe(true)
    expect(order.filter((row, place) => row !== place).length).toBeGreaterThan(2000)
  })

  test("of all rows puts each row on each place equally often", async () => {
    const [n, trials] = [5, 2000]
    const counts = Array.from({ length: n * n }, () => 0)
    for (let seed = 0; seed < trials; seed++) {
      const order = await taken(await begun(Data.stream({ y: [] }, numbers(n), { rows: n }), seed), n)
      order.forEach((row, place) => {
        counts[row * n + place] = (counts[row * n + place] ?? 0) + 1
      })
    }
    // chi-squared with (n − 1)² = 16 degrees of freedom: beyond 39.25 once in a thousand
    const expected = trials / n
    const chi = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(chi).toBeLessThan(39.25)
  })

  test("has an order that depends on seed and pass, and is found again at any place", async () => {
    const stream = Data.stream({ y: [] }, numbers(400), { rows: 400, shuffle: 30 })
    const [first, other] = [await begun(stream, 3), await begun(stream, 4)]
    const pass0 = await taken(first, 400)
    const pass1 = await taken(first, 400)
    expect(await taken(other, 400)).not.toEqual(pass0)
    expect(pass1).not.toEqual(pass0)
    const late = await begun(stream, 3)
    await late.seek(1, 123)
    expect(await taken(late, 277)).toEqual(pass1.slice(123))
    const early = await begun(stream, 3)
    await early.seek(0, 123)
    expect(await taken(early, 277)).toEqual(pass0.slice(123))
  })

  test("takes rows one by one and many at once, mixed, with fields of several numbers", async () => {
    const mixed = async function* () {
      yield { y: 0, x: [0, 0.5] }
      yield { y: Data.of([1, 2], []), x: Data.of([1, 1.5, 2, 2.5], [2]) }
      yield { y: Data.of([3], []), x: Data.of([3, 3.5], [2]) }
      yield { y: 4, x: Float32Array.of(4, 4.5) }
    }
    const passes = await begun(Data.stream({ y: [], x: [2] }, mixed, { rows: 5, shuffle: 3 }))
    const { x = [], y = [] } = await passes.take(5)
    expect(sorted(Array.from(y))).toEqual(upTo(5))
    expect(Array.from(x)).toEqual(Array.from(y).flatMap((row) => [row, row + 0.5]))
  })
})

describe("what comes of a source", () => {
  const whole = async (stream: RowStream): Promise<unknown> => {
    const passes = await begun(stream)
    return passes.take(stream.rows ?? 1)
  }
  const rows = (...list: ReadonlyArray<unknown>) => Data.stream({ y: [], x: [2] }, list as never, { rows: list.length })
  const good = { y: 1, x: [1, 2] }

  test.each([
    [
      "a number that is none",
      rows(good, { y: Number.NaN, x: [1, 2] }),
      "data.rows.y: row 1 holds NaN, which does not lie in the support 'real'"
    ],
    ["a text", rows(good, { y: "3", x: [1, 2] }), "data.rows.y: row 1 holds the text '3', not a number"],
    ["a field that is missing", rows({ x: [1, 2] }), "data.rows.y: row 0 holds nothing, not a number"],
    [
      "another number of numbers",
      rows(good, good, { y: 1, x: [1] }),
      "data.rows.x: row 2 holds a list of 1, not numbers of shape [2]"
    ],
    [
      "lists of another shape",
      rows({ y: 1, x: [[1, 2]] }),
      "data.rows.x: row 0 holds lists of shape [1, 2], not numbers of shape [2]"
    ],
    ["a hole in a list", rows({ y: 1, x: [1, undefined] }), "data.rows.x: row 0 holds nothing at place 1"],
    ["null as a row", rows(good, null), "data.rows: row 1 is null"],
    [
      "datasets of unlike length",
      rows(good, { y: Data.of([1, 2], []), x: Data.of([1, 2], [2]) }),
      "data.rows.x: from row 1 on there are 1 rows, but 2 of 'y'"
    ],
    [
      "datasets of another shape",
      rows({ y: Data.of([1], []), x: Data.of([1, 2, 3], [3]) }),
      "from row 0 on rows have shape [3], not [2]"
    ]
  ])("is refused with its row: %s", async (_, stream, words) => {
    await expect(whole(stream)).rejects.toThrow(words)
  })

  test("is refused where it does not lie in the support of its field", async () => {
    const field = { p: { event: [2], support: "simplex" } } as const
    const list = [{ p: [0.5, 0.5] }, { p: [0.5, 0.6] }]
    await expect(whole(Data.stream(field, list, { rows: 2 }))).rejects.toThrow(
      "data.rows.p: row 1 does not lie in the support 'simplex'"
    )
  })

  test("has exactly the rows that were promised, in each pass", async () => {
    await expect(whole(Data.stream({ y: [] }, numbers(9), { rows: 10 }))).rejects.toThrow(
      "ended after 9 rows, but it must give 10"
    )
    await expect(whole(Data.stream({ y: [] }, numbers(11), { rows: 10 }))).rejects.toThrow("gives more than 10 rows")
    const shrinking = await begun(Data.stream({ y: [] }, (pass) => numbers(10 - pass)(), { rows: 10, shuffle: 2 }))
    await shrinking.take(10)
    await expect(shrinking.take(10)).rejects.toThrow("the source ended after 9 rows")
  })

  test("an error of its own is named with the row at which it was thrown", async () => {
    const breaking = async function* () {
      for (let i = 0; i < 2000; i++) {
        if (i === 1500) throw new Error("the disk is gone")
        yield { y: i }
      }
    }
    await expect(whole(Data.stream({ y: [] }, breaking, { rows: 2000 }))).rejects.toThrow(
      "data.rows: the source failed at row 1500: the disk is gone."
    )
  })

  test("is counted where its number is not given, if it can be read again", async () => {
    const { signal } = new AbortController()
    const stream = Data.stream({ y: [] }, numbers(321))
    expect((await opened(stream, "data.rows", signal)).rows).toBe(321)
    await expect(opened(Data.stream({ y: [] }, numbers(321)()), "data.rows", signal)).rejects.toThrow(
      "the number of its rows is not known, and its source can be read only once"
    )
    await expect(
      opened(
        Data.stream({ y: [] }, () => []),
        "data.rows",
        signal
      )
    ).rejects.toThrow("the source gives no rows")
  })

  test("other work has its turn while a source that never waits is read", async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const passes = await begun(Data.stream({ y: [] }, numbers(1_000_000), { rows: 1_000_000 }))
    const started = performance.now()
    await passes.take(900_000)
    const elapsed = performance.now() - started
    clearInterval(timer)
    // a turn comes after some 25 milliseconds of reading
    expect(turns).toBeGreaterThan(Math.floor(elapsed / 200))
    expect(turns).toBeGreaterThan(1)
  })
})

test.each([
  ["fields", () => Data.stream([] as never, []), "fields is a list of 0"],
  ["a shape", () => Data.stream({ y: 3 } as never, []), "fields.y is 3, not a shape"],
  ["a source", () => Data.stream({ y: [] }, 5 as never), "source is 5, not something to iterate"],
  ["rows", () => Data.stream({ y: [] }, [], { rows: 0 }), "option 'rows' is 0"],
  ["a buffer", () => Data.stream({ y: [] }, [], { shuffle: 1.5 }), "option 'shuffle' is 1.5"],
  ["an option", () => Data.stream({ y: [] }, [], { buffer: 3 } as never), "option 'buffer' is unknown"]
])("%s that cannot be is refused at once", (_, make, words) => {
  expect(make).toThrow(words)
})
