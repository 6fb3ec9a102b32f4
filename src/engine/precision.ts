import { Effect } from "effect"
import { InvalidOption } from "../Errors.ts"
import { cpuinfo } from "../host.ts"

/** The precision of the numbers that matrix products multiply: 32 bits, or the first 16 of these. */
export type Precision = "float32" | "bfloat16"

/** Succeeds if the CPU can multiply in bfloat16. */
export const bfloat16OnCpu: Effect.Effect<void, InvalidOption> = Effect.suspend(() => {
  const where = withoutBfloat16(cpuinfo())
  return where === undefined ? Effect.void : refuseBfloat16(where)
})

/** The error of an engine that has no products in bfloat16. If the CPU supports them, it names the engine that has them. */
export const bfloat16Elsewhere = (engine: string): Effect.Effect<never, InvalidOption> =>
  Effect.andThen(
    bfloat16OnCpu,
    refuseBfloat16(
      `on the engine '${engine}', which has no products in bfloat16. Provide Engine.tensorflow, which has them (\`npx latent native\` sets it up)`
    )
  )

/** The words for a refusal on a CPU without bfloat16, from the text of Linux's /proc/cpuinfo; undefined for a CPU that supports it. */
export const withoutBfloat16 = (text: string | undefined): string | undefined => {
  if (text === undefined) return "here: whether a CPU multiplies in bfloat16 is known only in Node on Linux"
  const [, listed = ""] = text.match(/^flags\s*:(.*)$/m) ?? []
  const flags = listed.split(/\s/)
  return instructions.some((each) => flags.includes(each))
    ? undefined
    : `on this CPU, which does not multiply in bfloat16 (it lists neither ${instructions.join(" nor ")})`
}

/** x86 instructions that multiply bfloat16 numbers, by Linux's names. */
const instructions = ["avx512_bf16", "amx_bf16"]

export const refuseBfloat16 = (where: string): Effect.Effect<never, InvalidOption> =>
  Effect.fail(new InvalidOption({ option: "precision", value: "bfloat16", expected: `float32 ${where}` }))
