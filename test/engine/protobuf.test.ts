import fc from "fast-check"
import protobufjs from "protobufjs/light.js"
import { describe, expect, it } from "vitest"
import { schema as onnx } from "../../src/engine/onnx/proto.ts"
import { type Field, field, map, protobuf, type Schema } from "../../src/engine/protobuf.ts"
import { schema as tensorflow } from "../../src/engine/tensorflow/proto.ts"

/** What protobufjs, which generates code, makes of a message. */
const reference = (schema: Schema, name: string): ((value: object) => Uint8Array) => {
  const type = protobufjs.Root.fromJSON(structuredClone(schema) as protobufjs.INamespace).lookupType(name)
  return (value) => type.encode(type.fromObject({ ...value })).finish()
}

const whole = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.integer(),
  fc.constantFrom(2 ** 31, 2 ** 35 - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)
)
const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int32: fc.oneof(fc.integer({ min: -3, max: 300 }), fc.integer()),
  int64: whole,
  bool: fc.boolean(),
  float: fc.float(),
  string: fc.oneof(fc.string(), fc.string({ unit: "grapheme" })),
  bytes: fc.uint8Array({ maxLength: 300 })
}

/** Messages of a schema; those inside of others end at a depth. */
const messages = (schema: Schema, name: string, depth: number): fc.Arbitrary<object> => {
  const { fields = {}, oneofs = {} } = schema.nested[name] ?? {}
  const of = ({ type, rule, keyType }: Field): fc.Arbitrary<unknown> => {
    const one = scalars[type] ?? messages(schema, type, depth - 1)
    if (keyType !== undefined) return fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), one, { maxKeys: 3 })
    return rule === undefined ? one : fc.array(one, { maxLength: 3 })
  }
  const possible = Object.entries(fields).filter(([, { type }]) => type in scalars || depth > 0)
  const alternatives = Object.values(oneofs).flatMap(({ oneof }) => oneof)
  const plain = possible.filter(([key]) => !alternatives.includes(key))
  const record = fc.record(Object.fromEntries(plain.map(([key, field]) => [key, of(field)])), { requiredKeys: [] })
  const chosen = possible.filter(([key]) => alternatives.includes(key))
  if (chosen.length === 0) return record
  const choice = fc.oneof(...chosen.map(([key, field]) => of(field).map((value) => ({ [key]: value }))))
  return fc.tuple(record, choice).map(([rest, one]) => ({ ...rest, ...one }))
}

describe("protobuf", () => {
  it.each([
    ["Model", onnx],
    ["SavedModel", tensorflow]
  ] as const)("writes the bytes that protobufjs writes: %s", (name, schema) => {
    const [ours, theirs] = [protobuf(schema, name), reference(schema, name)]
    const same = fc.property(messages(schema, name, 6), (message) => {
      expect(Buffer.from(ours(message)).equals(theirs(message))).toBe(true)
    })
    fc.assert(same, { numRuns: 500 })
  })

  it("writes the bytes that protobufjs writes for a message larger than its first buffer", () => {
    const message = { graph: { initializer: [{ name: "w", rawData: new Uint8Array(1 << 20).fill(7) }, { name: "v" }] } }
    expect(Buffer.from(protobuf(onnx, "Model")(message)).equals(reference(onnx, "Model")(message))).toBe(true)
  })

  const write = protobuf(
    {
      nested: {
        Part: { fields: { size: field(1, "int32") } },
        Whole: {
          fields: {
            name: field(1, "string"),
            part: field(2, "Part"),
            sizes: field(3, "int64", "repeated"),
            by: map(4, "string", "Part")
          }
        }
      }
    },
    "Whole"
  )

  it("takes a field that is undefined for one that is not set", () => {
    expect(write({ name: undefined, part: { size: undefined } })).toEqual(Uint8Array.of(0x12, 0))
  })

  it.each([
    [{ part: { size: 0.5 } }, "'size' of a Part cannot be 0.5"],
    [{ part: { size: 2 ** 31 } }, "'size' of a Part cannot be 2147483648"],
    [{ part: { size: Number.NaN } }, "'size' of a Part cannot be NaN"],
    [{ sizes: [1, 2 ** 53] }, "'sizes' of a Whole cannot be [object Array]"],
    [{ sizes: 1 }, "'sizes' of a Whole cannot be 1"],
    [{ name: 1 }, "'name' of a Whole cannot be 1"],
    [{ part: null }, "'part' of a Whole cannot be [object Null]"],
    [{ by: { a: 1 } }, "'by' of a Whole cannot be [object Object]"],
    [{ nam: "x" }, "a Whole has no field 'nam'"]
  ])("refuses %j", (value, message) => {
    expect(() => write(value)).toThrow(TypeError)
    expect(() => write(value)).toThrow(message)
  })

  it("refuses a schema with a type that is not there", () => {
    expect(() => protobuf({ nested: { A: { fields: { b: field(1, "B") } } } }, "A")).toThrow("there is no message 'B'")
  })
})
