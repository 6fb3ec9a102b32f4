import { existsSync, readFileSync } from "node:fs"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Loop } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { type Binding, load } from "../../src/engine/tensorflow/native.ts"
import { missingProducts } from "../../src/engine/tensorflow/products.ts"
import { missingLowProducts } from "../../src/engine/tensorflow/xla/missing.ts"
import { Data, InvalidOption, model, Normal, param } from "../../src/index.ts"
import { failure, generator, run } from "../infer/harness.ts"
import { nativeIsSetUp, tensorflows } from "./engines.ts"
import { detailOf, nothing, pure, Sketch, using } from "./harness.ts"
import { regression } from "./models.ts"
import { train } from "./smallVae.ts"

/** What this machine says, read apart from the library. */
const real = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : ""
const hereInSilicon = / (avx512_bf16|amx_bf16)( |$)/m.test(real)

const fit = () =>
  model(Normal(0, 1), (z) => Normal(z, 1))
    .guide(() => Normal(param("loc", 0), 1))
    .fit(Data.of([1, 2], []), { epochs: 1, precision: "bfloat16", progress: false })

/** A number as the nearest one of 8 significant bits, ties to even: the first 16 bits of its 32. */
const rounded = (x: number): number => {
  const bits = new Uint32Array(Float32Array.of(x).buffer)
  const [word = 0] = bits
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000
  return new Float32Array(bits.buffer)[0] ?? Number.NaN
}

interface Product {
  readonly a: readonly [number, number, number]
  readonly b: readonly [number, number, number]
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** By entry of a product of stacks of matrices, the sum and the sum of absolute values, each operand put through `each` first. */
const sums = (
  { a, b, transposeA, transposeB }: Product,
  x: Float32Array,
  y: Float32Array,
  each: (x: number) => number
) => {
  const [stack, rowsA, columnsA] = a
  const [stackB, rowsB, columnsB] = b
  const [m, n, inner] = [transposeA ? columnsA : rowsA, transposeB ? rowsB : columnsB, transposeA ? rowsA : columnsA]
  const [left, right] = [Float64Array.from(x, each), Float64Array.from(y, each)]
  const [sum, size] = [new Float64Array(stack * m * n), new Float64Array(stack * m * n)]
  for (let s = 0; s < stack; s++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < inner; k++) {
          const u = left[s * rowsA * columnsA + (transposeA ? k * columnsA + i : i * columnsA + k)] as number
          const v = right[
            (s % stackB) * rowsB * columnsB + (transposeB ? j * columnsB + k : k * columnsB + j)
          ] as number
          const at = (s * m + i) * n + j
          sum[at] = (sum[at] as number) + u * v
          size[at] = (size[at] as number) + Math.abs(u * v)
        }
  return { m, n, inner, sum, size }
}

it("a TensorFlow without such products is found out, with its reason, and nothing of the question is left behind", () => {
  const deleted: Array<number> = []
  const asked: Array<string> = []
  const stub = {
    createTensor: () => 1,
    deleteTensor: (id: number) => deleted.push(id),
    executeOp: (op: string) => {
      asked.push(op)
      if (op !== "Cast") throw new Error(`Invalid TF_Status: 5\nMessage: '${op}' is not registered\nand more`)
      return [{ id: 2, shape: [1, 1], dtype: 14 }]
    }
  } satisfies Partial<Binding>
  expect(missingProducts(stub as unknown as Binding, "bfloat16")).toBe("'_MklMatMul' is not registered")
  expect(asked).toEqual(["Cast", "_MklMatMul"])
  expect(deleted).toEqual([1, 2])
})

if (nativeIsSetUp && !hereInSilicon)
  it("is refused by TensorFlow on this machine", async () => {
    expect(await failure(fit(), layers.tensorflow)).toBeInstanceOf(InvalidOption)
  })

if (nativeIsSetUp && hereInSilicon)
  it("is compiled by XLA where the fit is long", async () => {
    const { loop, bindings } = regression()
    const low: Loop = { ...loop, precision: "bfloat16" }
    expect(await detailOf(layers.tensorflow, low, bindings, 1000)).toMatch(/, XLA, products in bfloat16$/)
    expect(await detailOf(layers.tensorflow, low, bindings, 999)).toMatch(/, one graph, .*products in bfloat16$/)
  })

if (nativeIsSetUp && hereInSilicon)
  describe.each(tensorflows)("bfloat16 on %s", (_, source) => {
    it("is there, and asking for it leaves nothing behind", async () => {
      const { binding } = await Effect.runPromise(load)
      const count: unknown = Reflect.get(binding, "getNumOfTensors")
      const tensors = () => (typeof count === "function" ? Number(count.call(binding)) : Number.NaN)
      const before = tensors()
      expect(missingProducts(binding, "bfloat16")).toBeUndefined()
      expect(missingLowProducts(binding)).toBeUndefined()
      expect(tensors()).toBe(before)
      await run(fit(), source)
    })

    const products: ReadonlyArray<readonly [string, Product]> = [
      ["small", { a: [1, 7, 33], b: [1, 33, 5], transposeA: false, transposeB: false }],
      ["small, the left transposed", { a: [1, 33, 7], b: [1, 33, 5], transposeA: true, transposeB: false }],
      ["small, the right transposed", { a: [1, 7, 33], b: [1, 5, 33], transposeA: false, transposeB: true }],
      ["large", { a: [1, 160, 300], b: [1, 300, 224], transposeA: false, transposeB: false }],
      ["large, both transposed", { a: [1, 300, 160], b: [1, 224, 300], transposeA: true, transposeB: true }],
      ["a stack", { a: [3, 7, 33], b: [3, 33, 5], transposeA: false, transposeB: false }],
      ["a stack by one matrix", { a: [3, 33, 7], b: [1, 33, 5], transposeA: true, transposeB: false }]
    ]
    it.each(products)("rounds operands and result of a product, and nothing else: %s", async (_, product) => {
      const next = generator(11)
      const draw = (length: number): Float32Array => Float32Array.from({ length }, () => 2 * next() - 1)
      const shape = (whole: Product["a"]) => (product.a[0] === 1 ? whole.slice(1) : [...whole])
      const [x, y] = [
        draw(product.a[0] * product.a[1] * product.a[2]),
        draw(product.b[0] * product.b[1] * product.b[2])
      ]
      const { m, n, inner, sum, size } = sums(product, x, y, rounded)
      const g = new Sketch()
      const { transposeA, transposeB } = product
      const operands = { a: g.input("a", shape(product.a)), b: g.input("b", shape(product.b)) }
      const result = g.call("BatchMatMul", operands, shape([product.a[0], m, n]), { transposeA, transposeB })
      const loop = pure({ nodes: g.nodes, outputs: { result } })
      const multiply = (precision: "float32" | "bfloat16") =>
        using(source, { ...loop, precision }, nothing, (session) =>
          Effect.map(session.run(1, { a: x, b: y }), ({ result = new Float32Array() }) => ({
            result,
            detail: session.detail
          }))
        )

      const low = await multiply("bfloat16")
      expect(low.detail).toMatch(/, products in bfloat16$/)
      expect([...low.result]).toEqual([...low.result].map(rounded))
      // the sum in 32 bits is off by at most (inner − 1)·2⁻²⁴ of the absolute values, its rounding to 8 bits by 2⁻⁸ of itself
      const off = low.result.map((value, i) => {
        const slack = inner * 2 ** -24 * (size[i] ?? 0)
        return Math.abs(value - (sum[i] ?? 0)) / (2 ** -8 * (Math.abs(sum[i] ?? 0) + slack) + slack)
      })
      expect(Math.max(...off)).toBeLessThanOrEqual(1)

      // beside it, in the same process, 32 bits are 32 bits
      const whole = await multiply("float32")
      expect(whole.detail).not.toContain("bfloat16")
      const exact = sums(product, x, y, (value) => value)
      const gaps = whole.result.map((value, i) => Math.abs(value - (exact.sum[i] ?? 0)) / (exact.size[i] ?? 0))
      expect(Math.max(...gaps)).toBeLessThan(inner * 2 ** -24)
    })

    it("trains a VAE as float32 does but for its rounding, is on when asked for, and only then", async () => {
      const low = await train(source, { precision: "bfloat16" })
      const whole = await train(source, { precision: "float32" })
      const plain = await train(source)
      expect(low.detail).toContain("bfloat16")
      expect(plain).toEqual(whole)
      // an operand or a product is off by 2⁻⁸ at most, and the signs differ over 36 pixels and 96 images: two such errors are much
      const off = low.losses.map((loss, i) => Math.abs(loss / (whole.losses[i] ?? Number.NaN) - 1))
      expect(Math.max(...off)).toBeLessThan(2 ** -7)
      expect(Math.min(...off)).toBeGreaterThan(0)
    })
  })
