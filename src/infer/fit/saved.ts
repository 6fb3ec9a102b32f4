import { Schema } from "effect"
import { DataFormat } from "../../Errors.ts"
import type { Arrays } from "../../engine/Engine.ts"
import { own } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import type { Sums } from "../run/meter.ts"
import type { EpochReport } from "./progress.ts"
import { decode, encode, type Stored } from "./safetensors.ts"
import type { Signature } from "./signature.ts"
import { parseStrictly } from "./strictJson.ts"

/** The contents of a saved file: plain data. */
export interface Saved {
  readonly parameters: Readonly<Record<string, Stored>>
  readonly signature: Signature
  readonly shapes: DataShapes
  readonly sizes: Readonly<Record<string, number>>
  readonly seed: number
  readonly history: ReadonlyArray<EpochReport>
  readonly stopped: boolean
  /** of a checkpoint: the state from which the fit goes on */
  readonly resume?: Resume
}

/** The state of a fit when its checkpoint was written, beside its parameters. */
export interface Resume {
  readonly step: number
  readonly sums: Sums
  /** what the optimizer carries for each parameter, and running baselines */
  readonly carried: Arrays
  /** on which its steps ran; undefined before the first one */
  readonly engine?: string
  /** the options and data on which the numbers of all steps depend, in words */
  readonly settings: Readonly<Record<string, string>>
}

const format = "latent"
const version = "2"

const Whole = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Shapes = Schema.Record(Schema.String, Schema.Array(Whole))
const Counts = Schema.optionalKey(Schema.Record(Schema.String, Whole))
/** Numbers of a history may be infinite or NaN, which JSON has not: they are written as texts. */
const Loss = Schema.Union([Schema.Number, Schema.Literals(["NaN", "Infinity", "-Infinity"])])
const Report = Schema.Struct({
  epoch: Whole,
  train: Loss,
  test: Schema.optionalKey(Loss),
  bound: Schema.optionalKey(Loss),
  noBound: Schema.optionalKey(Schema.Array(Schema.String)),
  seconds: Schema.Number,
  perRow: Schema.optionalKey(
    Schema.Struct({
      train: Loss,
      rows: Whole,
      test: Schema.optionalKey(Loss),
      testRows: Schema.optionalKey(Whole),
      bound: Schema.optionalKey(Loss)
    })
  )
})

/** The metadata of a file, each entry as JSON. */
const entries = {
  signature: Schema.Struct({
    lines: Schema.Array(Schema.String),
    formulas: Schema.Array(
      Schema.Struct({
        site: Schema.String,
        role: Schema.Literals(["prior", "likelihood", "guide", "factor"]),
        values: Schema.Array(Loss),
        constants: Schema.Array(Schema.String),
        ops: Schema.Array(Schema.String)
      })
    )
  }),
  shapes: Schema.Struct({ plates: Schema.Record(Schema.String, Shapes), globals: Shapes, counts: Counts }),
  sizes: Schema.Record(Schema.String, Whole),
  seed: Whole,
  history: Schema.Array(Report),
  stopped: Schema.Boolean
}
const ResumeEntry = Schema.Struct({
  step: Whole,
  sums: Schema.Struct({
    sum: Schema.Number,
    rows: Schema.Number,
    bound: Schema.optionalKey(Schema.Number),
    terms: Schema.optionalKey(Schema.Record(Schema.String, Schema.Number))
  }),
  engine: Schema.optionalKey(Schema.String),
  /** how the names of tensors begin that are no parameters */
  prefix: Schema.String.check(Schema.isMinLength(1)),
  settings: Schema.Record(Schema.String, Schema.String)
})

const metadataOf = ({ parameters: _, resume, ...rest }: Saved, prefix: string): Record<string, string> => ({
  format,
  version,
  ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, toJson(value)])),
  ...(resume === undefined ? {} : { resume: toJson({ ...resume, carried: undefined, prefix }) })
})

/** The bytes of a safetensors file: parameters by their names, the rest of a checkpoint's state under a prefix that no parameter has. */
export const encodeSaved = (saved: Saved): Uint8Array => {
  const names = Object.keys(saved.parameters)
  let prefix = "resume:"
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`
  const state = Object.entries(saved.resume?.carried ?? {}).map(
    ([name, values]) => [prefix + name, { shape: [values.length], values }] as const
  )
  return encode({ ...saved.parameters, ...Object.fromEntries(state) }, metadataOf(saved, prefix))
}

/** @throws DataFormat for bytes that are no such file, or that hold anything that a fit does not save */
export const decodeSaved = (bytes: Uint8Array, path: string): Saved => {
  const { tensors, metadata } = decode(bytes, path)
  mustBeOurs(metadata, path)
  const read = <A>(name: string, schema: Schema.Decoder<A>): A => entryOf(own(metadata, name), name, schema, path)
  const { resume, ...known } = { resume: undefined, ...metadata }
  const unknown = Object.keys(known).find((name) => !(name in entries) && name !== "format" && name !== "version")
  if (unknown !== undefined) throw foreign(path, `it has an entry '${unknown}', which no fit saves`)
  const at = resume === undefined ? undefined : read("resume", ResumeEntry)
  const isState = (name: string): boolean => at !== undefined && name.startsWith(at.prefix)
  for (const [name, { values }] of Object.entries(tensors)) mustBeNumbers(name, values, isState(name), path)
  const listed = Object.entries(tensors)
  const { lines, formulas } = read("signature", entries.signature)
  return {
    parameters: Object.fromEntries(listed.filter(([name]) => !isState(name))),
    signature: { lines, formulas: formulas.map((each) => ({ ...each, values: each.values.map(Number) })) },
    shapes: read("shapes", entries.shapes),
    sizes: read("sizes", entries.sizes),
    seed: read("seed", entries.seed),
    stopped: read("stopped", entries.stopped),
    history: read("history", entries.history).map(reportOf),
    ...(at === undefined
      ? {}
      : {
          resume: {
            ...{ step: at.step, sums: at.sums, settings: at.settings },
            ...(at.engine !== undefined && { engine: at.engine }),
            carried: Object.fromEntries(
              listed.flatMap(([name, { values }]) => (isState(name) ? [[name.slice(at.prefix.length), values]] : []))
            )
          }
        })
  }
}

const mustBeOurs = (metadata: Readonly<Record<string, string>>, path: string): void => {
  const [found, its] = [own(metadata, "format"), own(metadata, "version")]
  if (found !== format) {
    const what = found === undefined ? "its metadata name no format" : `its format is '${found}'`
    throw foreign(path, `this is a safetensors file, but not one that a fit has saved: ${what}`)
  }
  if (its === version) return
  const reason = `its version is '${its ?? "not given"}', and this release reads version '${version}'`
  throw new DataFormat({
    path,
    reason,
    advice: "Load it with the release that saved it, or fit and save the model again."
  })
}

/** Parameters are finite. What an optimizer carries may overflow, and is a number all the same. */
const mustBeNumbers = (name: string, values: Float32Array, isState: boolean, path: string): void => {
  const place = values.findIndex((value) => (isState ? Number.isNaN(value) : !Number.isFinite(value)))
  if (place >= 0)
    throw foreign(path, `the tensor '${name}' holds ${values[place]} at place ${place}, which no fit saves`)
}

const entryOf = <A>(text: string | undefined, name: string, schema: Schema.Decoder<A>, path: string): A => {
  if (text === undefined) throw foreign(path, `its entry '${name}' is missing`)
  try {
    return Schema.decodeUnknownSync(schema)(parseStrictly(text))
  } catch (error) {
    throw foreign(path, `its entry '${name}' is damaged (${error instanceof Error ? error.message : String(error)})`)
  }
}

const foreign = (path: string, reason: string): DataFormat =>
  new DataFormat({ path, reason, advice: "Give a file that fitted.save or a checkpoint has written." })

const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? String(each) : each
  )

type Stated = (typeof entries)["history"]["Type"][number]

const reportOf = ({ train, test, bound, perRow, ...rest }: Stated): EpochReport => ({
  ...rest,
  ...lossesOf({ train, test, bound }),
  ...(perRow !== undefined && {
    perRow: {
      ...lossesOf(perRow),
      rows: perRow.rows,
      ...(perRow.testRows !== undefined && { testRows: perRow.testRows })
    }
  })
})

interface StatedLosses {
  readonly train: number | string
  readonly test?: number | string | undefined
  readonly bound?: number | string | undefined
}

const lossesOf = ({ train, test, bound }: StatedLosses) => ({
  train: Number(train),
  ...(test !== undefined && { test: Number(test) }),
  ...(bound !== undefined && { bound: Number(bound) })
})
