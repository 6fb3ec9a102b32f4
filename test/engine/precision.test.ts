import { Effect, Layer } from "effect"
import { afterEach, describe, expect, it, vi } from "vitest"
import { Engine } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { withoutBfloat16 } from "../../src/engine/precision.ts"
import {
  Data,
  type FitError,
  InvalidOption,
  model,
  Normal,
  observe,
  param,
  plate,
  program,
  sample
} from "../../src/index.ts"
import { failure, run, watched } from "../infer/harness.ts"
import { nativeIsSetUp } from "./engines.ts"
import type { Source } from "./harness.ts"

/** The machine that the library sees: the real one where nothing else is said. */
const machine = vi.hoisted(() => ({ cpuinfo: undefined as (() => string | undefined) | undefined }))
vi.mock(import("../../src/host.ts"), async (original) => {
  const host = await original()
  return { ...host, cpuinfo: () => (machine.cpuinfo ?? host.cpuinfo)() }
})
afterEach(() => {
  machine.cpuinfo = undefined
})

const cpu = (flags: string): string =>
  `processor\t: 0\nmodel name\t: some CPU\nflags\t\t: fpu sse2 ${flags} rdpid\nbugs\t\t: none\n`
const newer = cpu("avx512f avx512_bf16")
const older = cpu("avx2 avx512f avx512_vnni")
const arm = "processor\t: 0\nFeatures\t: fp asimd bf16\n"

const tiny = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("loc", 0), 1))
const fit = () => tiny.fit(Data.of([1, 2], []), { epochs: 1, precision: "bfloat16", progress: false })

/** The words in which a fit in bfloat16 is refused, once it is sure that nothing was compiled for it. */
const refusal = async (source: Source): Promise<string> => {
  const { engine, sessions } = watched(source)
  const error = await failure(fit(), engine)
  expect(error).toBeInstanceOf(InvalidOption)
  expect(sessions).toHaveLength(0)
  return error.message
}

describe("whether a CPU multiplies in bfloat16", () => {
  it.each([
    ["AMD Zen 4", newer],
    ["Intel with AMX", cpu("avx512_bf16 amx_tile amx_int8 amx_bf16")],
    ["one whose last flag it is", "flags : fpu amx_bf16"]
  ])("is known of one that does: %s", (_, text) => {
    expect(withoutBfloat16(text)).toBeUndefined()
  })

  it.each([
    ["one with other 512-bit instructions", older],
    ["one whose flags only contain the name", cpu("xavx512_bf16 avx512_bf16x")],
    ["one of another kind", arm],
    ["a text without flags", ""]
  ])("is known of one that does not: %s", (_, text) => {
    expect(withoutBfloat16(text)).toBe(
      "on this CPU, which does not multiply in bfloat16 (it lists neither avx512_bf16 nor amx_bf16)"
    )
  })

  it("is not known where nothing is said", () => {
    expect(withoutBfloat16(undefined)).toContain("known only in Node on Linux")
  })
})

describe("bfloat16 is refused before anything is compiled", () => {
  it.each([
    ["onnx", layers.onnx],
    ["onnx-web", layers.onnxWeb],
    ["eager", layers.eagerOn("cpu")],
    ["eager", layers.eagerOn("wasm")],
    ["onnx", layers.auto]
  ] as const)("by %s, which has no such products: it is said who has", async (name, source) => {
    machine.cpuinfo = () => newer
    expect(await refusal(source)).toBe(
      `option 'precision' is bfloat16; expected float32 on the engine '${name}', which has no products in bfloat16. ` +
        "Provide Engine.tensorflow, which has them (`npx latent native` sets it up)."
    )
  })

  it.each([
    ["onnx", layers.onnx],
    ["eager", layers.eagerOn("cpu")],
    ...(nativeIsSetUp ? [["tensorflow", layers.tensorflow] as const] : [])
  ] as const)("by %s on a CPU without it: no other engine is recommended", async (_, source) => {
    machine.cpuinfo = () => older
    expect(await refusal(source)).toBe(
      "option 'precision' is bfloat16; expected float32 on this CPU, which does not multiply in bfloat16 (it lists neither avx512_bf16 nor amx_bf16)."
    )
  })
})

/** The reference engine, as if it had products in bfloat16, and the precision of each loop that it compiles. */
const pretending = () => {
  const precisions: Array<string> = []
  const engine = Layer.effect(
    Engine,
    Effect.map(Engine, (inner) => ({
      ...inner,
      bfloat16: Effect.void,
      compile: (loop, bindings, hint) => {
        precisions.push(loop.precision ?? "not given")
        return inner.compile(loop, bindings, hint)
      }
    }))
  ).pipe(Layer.provide(layers.eagerOn("cpu")))
  return { engine, precisions }
}

describe("the precision of a fit", () => {
  const data = Data.of([1, 2], [])
  const regression = program(
    Effect.gen(function* () {
      const w = yield* sample("w", Normal(0, 1))
      yield* plate("rows", (_row: object) => observe("y", Normal(w, 1)))
    })
  ).guide(() => ({ w: Normal(param("w", 0), 1) }))

  it.each([
    [{}, "float32"],
    [{ precision: "float32" }, "float32"],
    [{ precision: "bfloat16" }, "bfloat16"]
  ] as const)(
    "%o reaches the training step, and nothing that is done with what was learned",
    async (options, precision) => {
      const [one, other] = [pretending(), pretending()]
      const quiet = { ...options, epochs: 2, progress: false }
      const fitted = await run(tiny.fit(data, { ...quiet, validation: data }), one.engine)
      for (const use of [fitted.elbo(data), fitted.logMarginal(data), fitted.encode(data), fitted.generate(3)])
        await run(use as Effect.Effect<unknown, FitError, Engine>, one.engine)
      expect(one.precisions).toEqual([precision, ...Array(one.precisions.length - 1).fill("not given")])
      expect(one.precisions.length).toBeGreaterThanOrEqual(6)

      const posterior = await run(regression.fit({ rows: { y: data } }, quiet), other.engine)
      await run(posterior.sample(3), other.engine)
      expect(other.precisions).toEqual([precision, ...Array(other.precisions.length - 1).fill("not given")])
      expect(other.precisions.length).toBeGreaterThanOrEqual(2)
    }
  )
})
