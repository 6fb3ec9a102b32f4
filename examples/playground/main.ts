import { asking } from "./asking.ts"
import { cell } from "./cell.ts"
import type { DecoderName } from "./decoders.ts"
import { unpacked } from "./digits.ts"
import type { Fit, LanguageCalls, LatentCalls, Point, Posterior } from "./messages.ts"
import { betweenPanel } from "./panels/between.ts"
import { drawingPanel } from "./panels/drawing.ts"
import { editorPanel } from "./panels/editor.ts"
import { modelPanel } from "./panels/model.ts"
import { planePanel } from "./panels/plane.ts"
import { trainingPanel } from "./panels/training.ts"
import { element, type Session } from "./session.ts"

/** The page: what it needs is fetched once, the panels share a session, and all computing is done by the worker. */

const status = element("status", HTMLParagraphElement)
const say = (words: string, failed = false): void => {
  status.textContent = words
  status.classList.toggle("failed", failed)
}
addEventListener("unhandledrejection", (event) => {
  event.preventDefault()
  say(event.reason instanceof Error ? event.reason.message : String(event.reason), true)
})

const fetched = async (path: string): Promise<Uint8Array> => {
  const response = await fetch(path)
  if (!response.ok) throw new Error(`${path} was not served (${response.status})`)
  return new Uint8Array(await response.arrayBuffer())
}

const ask = asking<LatentCalls>(new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }))
const askCompiler = asking<LanguageCalls>(new Worker(new URL("./language.ts", import.meta.url), { type: "module" }))
const [train, heldOut, shipped, program, types] = await Promise.all([
  fetched("train.bytes"),
  fetched("held-out.bytes"),
  fetched("fit.safetensors"),
  fetched("program.ts"),
  fetched("types.json")
])
const counts = await ask("open", { train, heldOut }).answer
const digits = element("digits", HTMLInputElement)
digits.max = String(counts.train)
digits.value = String(Math.min(2000, counts.train))

const session: Session = {
  ...{ ask, askCompiler, shipped, types, say, heldOut: unpacked(heldOut), program: new TextDecoder().decode(program) },
  decoder: cell<DecoderName>("bernoulli"),
  fit: cell<Fit | undefined>(undefined),
  point: cell<Point>([0, 0]),
  posterior: cell<Posterior | undefined>(undefined),
  ends: cell<readonly [Point, Point] | undefined>(undefined)
}
for (const panel of [modelPanel, trainingPanel, planePanel, drawingPanel, betweenPanel, editorPanel]) panel(session)
