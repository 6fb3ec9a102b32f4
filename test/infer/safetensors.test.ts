import { readFileSync } from "node:fs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { DataFormat } from "../../src/Errors.ts"
import { decode, encode } from "../../src/infer/fit/safetensors.ts"

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/${name}`, import.meta.url))

/** A file with any header and `size` bytes of data. */
const file = (header: string, size = 0): Uint8Array => {
  const json = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + json.length + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const tensor = (shape: ReadonlyArray<number>, offsets: ReadonlyArray<number>, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: offsets
})

describe("encode and decode", () => {
  const stored = fc.array(fc.nat({ max: 4 }), { maxLength: 3 }).chain((shape) => {
    const length = shape.reduce((n, d) => n * d, 1)
    const values = fc.float32Array({ minLength: length, maxLength: length })
    return fc.record({ shape: fc.constant(shape), values })
  })
  const name = fc.string().filter((text) => text !== "__metadata__")

  test("give back every tensor and all metadata", () => {
    fc.assert(
      fc.property(fc.dictionary(name, stored), fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        const back = decode(encode(tensors, metadata), "memory")
        expect(Object.entries(back.tensors)).toEqual(Object.entries(tensors))
        expect(Object.entries(back.metadata)).toEqual(Object.entries(metadata))
      })
    )
  })

  test("start the data at a multiple of eight bytes, after a header padded with spaces", () => {
    fc.assert(
      fc.property(fc.dictionary(name, stored), (tensors) => {
        const bytes = encode(tensors, {})
        const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
        expect(length % 8).toBe(0)
        expect(new TextDecoder().decode(bytes.subarray(8, 8 + length))).toMatch(/^\{[\s\S]*\} *$/)
      })
    )
  })

  test("read a file that lies at an odd place in memory", () => {
    const bytes = encode({ w: { shape: [2], values: Float32Array.of(1, 2) } }, {})
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decode(shifted.subarray(3), "memory").tensors).toEqual({ w: { shape: [2], values: Float32Array.of(1, 2) } })
  })

  test("refuse to write a tensor whose shape does not fit its numbers", () => {
    const write = () => encode({ w: { shape: [2, 2], values: new Float32Array(3) } }, {})
    expect(write).toThrow(DataFormat)
    expect(write).toThrow("tensor 'w' of shape [2, 2] has 3 numbers")
  })

  test("refuse to write a tensor under the name of the metadata", () => {
    expect(() => encode({ __metadata__: { shape: [], values: Float32Array.of(1) } }, {})).toThrow("another name")
  })
})

describe("decode", () => {
  test("reads what Python's safetensors has written", () => {
    const { tensors, metadata } = decode(fixture("python.safetensors"), "python.safetensors")
    expect(metadata).toEqual({ program: "vae", note: "Zoë’s ✓" })
    expect(tensors).toEqual({
      "encoder.weight": { shape: [2, 3], values: Float32Array.of(0, 0.125, 0.25, 0.375, 0.5, 0.625) },
      "encoder.bias": { shape: [3], values: Float32Array.of(-1.5, 3.4028235e38, 1e-45) },
      step: { shape: [], values: Float32Array.of(42) },
      empty: { shape: [0, 4], values: new Float32Array(0) }
    })
  })

  test("refuses float64 tensors with advice", () => {
    expect(() => decode(fixture("float64.safetensors"), "f.safetensors")).toThrow(
      `f.safetensors: tensor 'weight' has dtype "F64", which is not supported. Convert the tensor to float32`
    )
  })

  test("refuses a file cut anywhere, naming its path", () => {
    const whole = fixture("python.safetensors")
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
        expect(() => decode(whole.subarray(0, length), "cut.safetensors")).toThrow(DataFormat)
      })
    )
  })

  test.each([
    ["a file too short for a length", new Uint8Array(5), "expected 8 bytes with the length of the header, got 5"],
    ["a header longer than the file", file("{}").subarray(0, 9), "expected a header of 2 bytes, got 1"],
    ["an absurd header length", new Uint8Array(16).fill(255), "longer than the format allows"],
    ["a header that is not JSON", file("{'w': 1}"), "the header is not JSON in UTF-8"],
    ["a header that is not UTF-8", file("{}").fill(0xff, 8), "the header is not JSON in UTF-8"],
    ["a header that is a list", file("[]"), "the header is not a JSON object"],
    ["metadata that are no object", file(`{"__metadata__": 3}`), "'__metadata__' in the header is not an object"],
    ["metadata that are no texts", file(`{"__metadata__": {"epoch": 3}}`), "holds 3 under 'epoch', not a text"],
    ["a tensor that is no object", file(`{"w": [1]}`), "entry for tensor 'w' is not an object"],
    ["a tensor without a dtype", file(`{"w": {}}`), "tensor 'w' has dtype undefined"],
    ["a negative dimension", file(JSON.stringify({ w: tensor([-1], [0, 4]) }), 4), "tensor 'w' has the shape [-1]"],
    ["a broken offset", file(JSON.stringify({ w: tensor([1], [0.5, 4.5]) }), 8), "the offsets [0.5,4.5]"],
    ["three offsets", file(JSON.stringify({ w: tensor([1], [0, 4, 8]) }), 8), "the offsets [0,4,8]"],
    ["offsets the wrong way round", file(JSON.stringify({ w: tensor([1], [4, 0]) }), 4), "the offsets [4,0]"],
    ["a size unlike the shape", file(JSON.stringify({ w: tensor([3], [0, 8]) }), 8), "[3] needs 12 bytes, but has 8"],
    [
      "an offset past the end",
      file(JSON.stringify({ w: tensor([2], [0, 8]) }), 4),
      "ends at byte 8 of the data, but the file has only 4"
    ],
    [
      "overlapping tensors",
      file(JSON.stringify({ v: tensor([2], [0, 8]), w: tensor([2], [4, 12]) }), 12),
      "tensor 'w' starts at byte 4 of the data, inside another tensor"
    ],
    ["a hole", file(JSON.stringify({ w: tensor([1], [4, 8]) }), 8), "bytes 0 to 4 of the data belong to no tensor"],
    ["bytes after the last tensor", file(JSON.stringify({ w: tensor([1], [0, 4]) }), 7), "3 trailing bytes"]
  ])("refuses %s", (_, bytes, message) => {
    const read = () => decode(bytes, "bad.safetensors")
    expect(read).toThrow(DataFormat)
    expect(read).toThrow(message)
    expect(read).toThrow("bad.safetensors: ")
  })
})
