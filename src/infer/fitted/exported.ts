import { Effect } from "effect"
import { type FitError, InvalidOption } from "../../Errors.ts"
import { checkOptions, oneOf } from "../fit/checkOptions.ts"
import { savedBytes } from "../fit/checkpoint.ts"
import type { Learned } from "../fit/Learned.ts"
import { signatureOf } from "../fit/signature.ts"
import { attempt } from "../run/attempt.ts"
import { cardOf, configOf } from "./card.ts"
import { type Part, type Written, written } from "./part.ts"
import { writeFolder } from "./writeFolder.ts"

export interface ExportOptions<P extends string = string> {
  /** the parts that are written as ONNX models (all) */
  readonly parts?: ReadonlyArray<P>
}

/** How a fit leaves the library: its parts as models that ONNX Runtime runs by itself, in Python, in a page and elsewhere. */
export interface Exports<P extends string> {
  /**
   * A part of the fit as the bytes of an ONNX model, with what was learned inside, for any number of rows (docs/deploy.md). Of a model: `"encoder"`, x to the parameters of q(z | x); `"decoder"`, z to
   * those of p(x | z); `"model"`, x and noise to a draw of z, the mean of x given it, and log p(x, z) − log q(z | x). Of a program: `"posterior"`, data and noise to draws of its latent sites, and `"predict"`, the fields of new rows and noise to draws of the posterior predictive.
   * Fails with UnsupportedKernel for an operation that ONNX lacks, or whose result depends on the number of rows.
   *
   * @example
   * ```ts
   * const line = model(Normal(0, 1), (z) => Normal(mul(2, z), 1)).guide((x) => Normal(mul(0.4, x), param.positive("sd", 0.5)))
   * const fitted = await line.fitPromise(Data.of([1, 2], []), { epochs: 1, progress: false })
   * const bytes = await fitted.onnx("encoder")
   * Number(bytes.length > 0) // => 1
   * ```
   */
  readonly onnx: (part: P) => Effect.Effect<Uint8Array, FitError>
  /**
   * Writes a new folder with everything that a fit needs elsewhere: `PART.onnx` for each part, `model.safetensors` as `save` writes it, `config.json` with the inputs, outputs, sites and settings, and
   * `README.md`, a model card. The folder appears when all is in it. Fails as `onnx` does, and with DataFormat where there is something of that name.
   *
   * @example
   * ```ts
   * const line = model(Normal(0, 1), (z) => Normal(mul(2, z), 1)).guide((x) => Normal(mul(0.4, x), param.positive("sd", 0.5)))
   * const publish = Effect.flatMap(line.fit(Data.of([1, 2], [])), (fitted) => fitted.export("line", { parts: ["encoder", "decoder"] }))
   * ```
   */
  readonly export: (path: string, options?: ExportOptions<P>) => Effect.Effect<void, FitError>
}

/** The same for the parts that a fit has; each is recorded when it is asked for. */
export const exporting = <P extends string>(learned: Learned, parts: Readonly<Record<P, () => Part>>): Exports<P> => {
  const names = Object.keys(parts) as Array<P>
  const asOnnx = (name: P): Effect.Effect<Written, FitError> =>
    attempt(() => written(name, parts[oneOf("part", name, names)](), learned))
  return {
    onnx: (part) => Effect.map(asOnnx(part), ({ bytes }) => bytes),
    export: (path, options = {}) =>
      Effect.gen(function* () {
        const chosen = yield* attempt(() => {
          checkOptions(options, { parts: (option, given) => mustBeList(option, given, names) })
          return [...new Set(options.parts ?? names)]
        })
        const models = yield* Effect.forEach(chosen, (name) =>
          Effect.map(asOnnx(name), (part) => [name, part] as const)
        )
        const files = yield* attempt(() => {
          const config = configOf(learned, models)
          return new Map([
            ...models.map(([name, { bytes }]) => [`${name}.onnx`, bytes] as const),
            ["model.safetensors", savedBytes(learned, signatureOf(learned.derived))] as const,
            ["config.json", utf8(`${JSON.stringify(config, undefined, 2)}\n`)] as const,
            ["README.md", utf8(cardOf(learned, models))] as const
          ])
        })
        yield* writeFolder(path, files)
      })
  }
}

const mustBeList = (option: string, given: unknown, names: ReadonlyArray<string>): void => {
  if (!Array.isArray(given))
    throw new InvalidOption({ option, value: String(given), expected: `a list of some of ${names.join(", ")}` })
  for (const each of given) oneOf(option, each, names)
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
