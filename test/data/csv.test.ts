import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { Effect, Schema } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type CsvOptions, parseCsv } from "../../src/data/csv.ts"
import { Data } from "../../src/data/Data.ts"
import type { Dataset } from "../../src/data/Dataset.ts"
import type { MissingRows } from "../../src/data/missingRows.ts"
import { type Equal, same } from "../../typetest/Equal.ts"

const schools = Schema.Struct({
  school: Schema.String,
  y: Schema.NullOr(Schema.Number),
  sigma: Schema.Number,
  big: Schema.Boolean
})
const text = '\uFEFFsigma,school,note,y,big\r\n15,"A, b",,28,true\r\n10,B,"x\ny",,false\r\n\r\n16,"A, b",z,-3.5,true'

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-csv-"))
})
afterAll(() => rm(folder, { recursive: true }))

const refusal = (csv: string, fields: Schema.Struct.Fields, options?: CsvOptions): string => {
  try {
    parseCsv(csv, "t.csv", Schema.Struct(fields) as never, options)
  } catch (error) {
    return String(error)
  }
  return "read"
}

describe("Data.csv", () => {
  test.each([
    ["plain", text],
    ["compressed", gzipSync(text)]
  ])("reads typed columns by name: quotes, CRLF, BOM, blank lines and no break at the end, %s", async (name, bytes) => {
    const path = join(folder, name)
    await writeFile(path, bytes)
    const table = await Effect.runPromise(Data.csv(path, schools))
    expect(table.sigma).toEqual(Data.of([15, 10, 16], []))
    expect(table.big).toEqual(Data.of([1, 0, 1], [], "boolean"))
    expect(table.school).toEqual({ ...Data.of([0, 1, 0], [], "category"), labels: ["A, b", "B"] })
    expect(table.y).toEqual(Data.missing([28, null, -3.5], []))
    same<Equal<typeof table.sigma, Dataset<readonly [], "real">>>()
    same<Equal<typeof table.y, MissingRows<readonly [], "real">>>()
    same<Equal<typeof table.big, Dataset<readonly [], "boolean">>>()
    const labels: ReadonlyArray<string> = table.school.labels
    expect(labels).toHaveLength(2)
  })

  test("reads files of many slices", async () => {
    const path = join(folder, "long")
    const rows = Array.from({ length: 40_000 }, (_, i) => [i % 7, i / 8])
    await writeFile(path, `g,"x"\n${rows.map(([g, x]) => `é${g},${x}`).join("\n")}\n`)
    const { x, g } = await Effect.runPromise(Data.csv(path, Schema.Struct({ g: Schema.String, x: Schema.Number })))
    expect(x.values).toEqual(Float32Array.from(rows, ([, value]) => value ?? Number.NaN))
    expect(g.values).toEqual(Float32Array.from(rows, ([code]) => code ?? Number.NaN))
  })

  test("reads back any numbers and texts that were written", () => {
    const row = fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.string({ unit: "grapheme" }))
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        const lines = rows.map(([x, word]) => `"${word.replaceAll('"', '""')}",${x}`)
        const schema = Schema.Struct({ word: Schema.String, x: Schema.Number })
        const { x, word } = parseCsv(`word,x\n${lines.join("\n")}`, "memory", schema)
        expect(x).toEqual(
          Data.of(
            rows.map(([each]) => each + 0),
            []
          )
        )
        const labels = [...new Set(rows.map(([, each]) => each))]
        expect(word).toMatchObject({ labels, values: Float32Array.from(rows, ([, each]) => labels.indexOf(each)) })
      })
    )
  })

  test.each<[string, string, Schema.Struct.Fields, CsvOptions?]>([
    ["t.csv:3: column 'x' holds the text 'abc', but expected a finite number", "x,y\n1,2\nabc,3", { x: Schema.Number }],
    ["t.csv:2: column 'x' holds the text '0x10', but expected a finite number", "x\n0x10", { x: Schema.Number }],
    ["t.csv:2: column 'x' holds the text ' ', but expected a finite number", "x,y\n ,1", { x: Schema.Number }],
    ["t.csv:2: column 'x' holds the text 'NaN', but expected a finite number", "x\nNaN", { x: Schema.Number }],
    ["t.csv:2: column 'x' holds the text '1e39', but expected a finite number of 32", "x\n1e39", { x: Schema.Number }],
    [
      "t.csv:3: column 'x' holds nothing, but expected a value. Where it may be missing",
      "x,y\n1,1\n,1",
      { x: Schema.Number }
    ],
    ["t.csv:2: column 'x' holds the text '1.5', but expected an integer", "x\n1.5", { x: Schema.Int }],
    ["t.csv:2: column 'x' holds the text 'c', but expected \"a\" | \"b\"", "x\nc", { x: Schema.Literals(["a", "b"]) }],
    ["t.csv:4: column 'x' holds the text 'b'", '"y","x"\n"two\nlines",1\n1,b', { x: Schema.Number }],
    ["t.csv:3: the line has 1 fields, but the first line names 2", "x,y\n1,2\n1", { x: Schema.Number }],
    ["t.csv:2: the line has 3 fields, but the first line names 2", "x,y\n1,2,3", { x: Schema.Number }],
    ["t.csv:1: there is no column 'z'. The first line names 'x', 'y'", "x,y\n1,2", { z: Schema.Number }],
    ["t.csv:1: there are two columns 'x'", "x,x\n1,2", { x: Schema.Number }],
    ["t.csv: column 'x' holds no value.", "x,y\n", { x: Schema.Number }],
    ["t.csv: column 'x' holds no value: each is missing", "x,y\n,1", { x: Schema.NullOr(Schema.Number) }],
    ["t.csv: it is empty", "", { x: Schema.Number }],
    ['t.csv: the delimiter is ""', "x\n1", { x: Schema.Number }, { delimiter: "" }]
  ])("refuses in words: %s", (words, csv, fields, options) => {
    expect(refusal(csv, fields, options)).toContain(words)
  })

  test('takes other delimiters, and other marks of a missing value; "" is an empty text', () => {
    const schema = Schema.Struct({ x: Schema.NullOr(Schema.Number), word: Schema.optional(Schema.String) })
    const table = parseCsv('x;word\nNA;""\n2;"NA"\n3;NA', "memory", schema, { delimiter: ";", missing: ["NA"] })
    expect(table["x"]).toEqual(Data.missing([null, 2, 3], []))
    expect(table["word"]).toEqual({ ...Data.missing([0, 1, null], [], "category"), labels: ["", "NA"] })
  })

  test("refuses what is not UTF-8, and what is not there", async () => {
    const path = join(folder, "latin1")
    await writeFile(path, Uint8Array.of(120, 10, 0xe9, 10))
    const error = await Effect.runPromise(Effect.flip(Data.csv(path, Schema.Struct({ x: Schema.String }))))
    expect(error.message).toContain("it is not UTF-8")
    const gone = await Effect.runPromise(
      Effect.flip(Data.csv(join(folder, "none"), Schema.Struct({ x: Schema.String })))
    )
    expect(gone.message).toContain("cannot be read")
  })
})
