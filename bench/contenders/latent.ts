import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Effect, Layer, Stream } from "effect"
import { Engine, type EngineUnavailable, type FitError } from "../../src/index.ts"
import { inRoot } from "../root.ts"
import { type Call, timed } from "../timed.ts"
import { type Fit, fitOf } from "./models.ts"
import type { Prepare } from "./Prepare.ts"

type EngineLayer = Layer.Layer<Engine, EngineUnavailable>

/** This library on one of its engines, `-bfloat16` after it or not: a fit that goes on for as long as steps are asked for. */
export const latent =
  (contender: string): Prepare =>
  async (work) => {
    const name = contender.replace(/-bfloat16$/, "")
    const fit = await Effect.runPromise(fitOf(work, name === contender ? "float32" : "bfloat16"))
    return async () => ({ ...(await begin(fit, engineNamed(name))), versions: versions(name) })
  }

const engineNamed = (name: string): EngineLayer => {
  if (name === "wasm") return Engine.eagerOn("wasm")
  const layer: unknown = Reflect.get(Engine, name)
  if (!Layer.isLayer(layer)) throw new Error(`this version has no engine '${name}'`)
  return layer as EngineLayer
}

/**
 * A fit as something that runs n steps when told: it is held after each call of the engine that makes the number full. A turn lasts from one hold
 * to the next, and so includes all that the host does for its steps.
 */
const begin = async (fit: Fit, engine: EngineLayer) => {
  let calls: Array<Call> = []
  let due = 0
  let settle: { readonly held: () => void; readonly failed: (error: unknown) => void } | undefined
  let goOn = (): void => {}
  const done = (): number => calls.reduce((sum, { steps }) => sum + steps, 0)
  const reached = new Promise<void>((resolve, reject) => {
    settle = { held: resolve, failed: reject }
  })
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      goOn = resolve
      settle?.held()
    })
  let total = 0
  const told = timed((call) => {
    calls.push(call)
    total += call.steps
  })
  const running: Effect.Effect<void, FitError, Engine> = Stream.runForEach(fit.events, () =>
    done() < due ? Effect.void : Effect.promise(hold)
  )
  Effect.runPromise(Effect.provide(running, Layer.provide(told, engine))).catch((error: unknown) =>
    settle?.failed(error)
  )
  await reached

  const turn = async (steps: number): Promise<ReadonlyArray<Call>> => {
    calls = []
    due = steps
    const full = new Promise<void>((resolve, reject) => {
      settle = { held: resolve, failed: reject }
    })
    goOn()
    await full
    return calls
  }
  return {
    run: async (steps: number) => (await turn(steps)).flatMap(({ losses }) => losses.map((loss) => loss / fit.per)),
    detail: () => calls.at(-1)?.detail ?? "",
    epoch: async () => {
      const left = fit.stepsPerEpoch - (total % fit.stepsPerEpoch)
      if (left < fit.stepsPerEpoch) await turn(left)
      const started = performance.now()
      const inside = await turn(fit.stepsPerEpoch)
      return {
        steps: fit.stepsPerEpoch,
        ms: performance.now() - started,
        insideMs: inside.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
      }
    }
  }
}

export const versions = (name: string): Readonly<Record<string, string>> => {
  const read = (path: string): string => JSON.parse(readFileSync(path, "utf8")).version
  const runtime = { onnx: "onnxruntime-node", tensorflow: "@tensorflow/tfjs-node", wasm: "@tensorflow/tfjs" }[name]
  const find = createRequire(import.meta.url)
  return {
    latent: read(inRoot("package.json")),
    ...(runtime === undefined ? {} : { [runtime]: read(find.resolve(`${runtime}/package.json`)) })
  }
}
