import { Result, Schema } from "effect"
import { DataFormat } from "../Errors.ts"
import { memory } from "../host.ts"
import type { Refused } from "../tensor/Tensor.ts"
import { Dataset } from "./Dataset.ts"
import { type MissingRows, missing } from "./missingRows.ts"
import { shown } from "./numbers.ts"
import type { Field } from "./records.ts"

/** A column of texts as their numbers in `labels`, which has each text once, in the order in which it first appears. */
export interface Labelled {
  readonly labels: ReadonlyArray<string>
}

/** The columns of a table by name, each as its schema's type says. */
export type Columns<T> = { readonly [K in keyof T & string]: Column<K, Exclude<T[K], Hole>, Extract<T[K], Hole>> }

type Hole = null | undefined
type Column<K extends string, A, H> = [A] extends [number]
  ? RowsOf<"real", H>
  : [A] extends [boolean]
    ? RowsOf<"boolean", H>
    : [A] extends [string]
      ? RowsOf<"category", H> & Labelled
      : Refused<`column '${K}' gives neither numbers, nor booleans, nor texts`>
type RowsOf<P extends string, H> = [H] extends [never] ? Dataset<readonly [], P> : MissingRows<readonly [], P>

/** A schema of one column, which needs no service to decode. */
export type ColumnSchema = Schema.ConstraintDecoder<unknown>

/** Where a field stands, for a message. */
export interface Where {
  readonly path: string
  readonly line: number
}

/** A column that is being read. */
export interface Reading {
  readonly push: (field: Field, where: Where) => void
  readonly end: (path: string) => Dataset | MissingRows
  /** the numbers since the last cut, which are then forgotten; NaN where one is missing */
  readonly cut: () => Float32Array
  /** how many texts it has in its labels */
  readonly distinct: () => number
  readonly facts: (path: string) => ColumnFacts
}

/** What is known of a column when all of it was read. */
export interface ColumnFacts {
  readonly support: (typeof supports)[Kind]
  readonly mayBeMissing: boolean
  /** of texts */
  readonly labels: ReadonlyArray<string> | undefined
}

/**
 * Reads one column by its schema, which decodes texts: `Schema.Number`, `Schema.Int`, `Schema.Boolean` (true or false), `Schema.String`, `Schema.Literals`,
 * with any checks. A field without quotes that is empty, or one of `holes`, is missing: right where the schema's type has `null` or `undefined`.
 *
 * @param known facts of an earlier pass: a text has the place that it had there, and a new one is refused
 * @throws DataFormat, which names line and column, for a field that does not decode
 */
export const columnOf = (
  name: string,
  schema: ColumnSchema,
  holes: ReadonlySet<string>,
  known?: ColumnFacts
): Reading => {
  const mayBeMissing = Schema.is(schema)(null) || Schema.is(schema)(undefined)
  const decode = remembered(Schema.decodeUnknownResult(Schema.toCodecStringTree(schema)))
  const numbers = growing()
  const labels = new Map(known?.labels?.map((label, i) => [label, i]))
  let kind: Kind | undefined
  let someMissing = false
  const add = (value: unknown, text: string, where: Where): void => {
    const actual = typeof value
    if (!isKind(actual) || (kind !== undefined && kind !== actual))
      throw refused(name, text, where, `a ${kind ?? "number, a boolean or a text"}`, "A column holds one kind.")
    kind = actual
    if (typeof value === "string") {
      const code = labels.get(value) ?? labels.size
      if (known !== undefined && code === labels.size)
        throw refused(
          name,
          text,
          where,
          "a text of the first pass over the file",
          "The file has changed: open it again."
        )
      labels.set(value, code)
      numbers.push(code)
      return
    }
    const float = Math.fround(Number(value))
    if (!Number.isFinite(float))
      throw refused(name, text, where, "a finite number of 32 bits, up to 3.4e38", "Scale it, or leave it empty.")
    numbers.push(float)
  }
  const facts = (path: string): ColumnFacts => {
    if (kind === undefined) {
      const reason = `column '${name}' holds no value${someMissing ? ": each is missing" : ""}`
      throw new DataFormat({ path, reason, advice: "Give at least one, or leave the column out of the schema." })
    }
    return { support: supports[kind], mayBeMissing, labels: kind === "string" ? [...labels.keys()] : undefined }
  }
  return {
    push: ({ text, quoted }, where) => {
      if (!quoted && holes.has(text)) {
        if (!mayBeMissing)
          throw refused(name, text, where, "a value", `Where it may be missing, write Schema.NullOr(…) for '${name}'.`)
        someMissing = true
        numbers.push(Number.NaN)
        return
      }
      const decoded = decode(text)
      if (Result.isFailure(decoded)) throw refused(name, text, where, wanted(decoded.failure), "Correct it.")
      add(decoded.success, text, where)
    },
    cut: () => {
      const values = numbers.all()
      numbers.clear()
      return values
    },
    distinct: () => labels.size,
    facts,
    end: (path) => {
      const { support, labels } = facts(path)
      const values = numbers.all()
      const rows = mayBeMissing ? missing(values, [], support) : Dataset.of(values, [], support)
      return labels === undefined ? rows : { ...rows, labels }
    }
  }
}

const supports = { number: "real", boolean: "boolean", string: "category" } as const
type Kind = keyof typeof supports
const isKind = (name: string): name is Kind => name in supports

type Decoded = Result.Result<unknown, Schema.SchemaError>

/** Texts come again: groups, booleans, small counts. */
const remembered = (decode: (text: string) => Decoded): ((text: string) => Decoded) => {
  const known = new Map<string, Decoded>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const now = decode(text)
    if (known.size < 1000) known.set(text, now)
    return now
  }
}

/** The first line of what a schema says of a text. */
const wanted = (error: Schema.SchemaError): string =>
  (error.message.split("\n")[0] ?? "").replace(/^Expected (a string representing )?/, "")

const refused = (name: string, text: string, { path, line }: Where, expected: string, advice: string): DataFormat =>
  new DataFormat({
    path: `${path}:${line}`,
    reason: `column '${name}' holds ${text === "" ? "nothing" : shown(text)}, but expected ${expected}`,
    advice
  })

interface Growing {
  readonly push: (value: number) => void
  readonly all: () => Float32Array
  readonly clear: () => void
}

const growing = (): Growing => {
  let values = new Float32Array(1024)
  let size = 0
  return {
    push: (value) => {
      if (size === values.length) {
        // the old and the new array are held together for a moment
        if (size * 12 > memory())
          throw new DataFormat({
            path: "Data.csv",
            reason: "the columns do not fit into memory",
            advice: "Split the file."
          })
        const larger = new Float32Array(2 * size)
        larger.set(values)
        values = larger
      }
      values[size++] = value
    },
    all: () => values.slice(0, size),
    clear: () => {
      size = 0
    }
  }
}
