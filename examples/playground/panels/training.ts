import type { Answering } from "../asking.ts"
import { decoders } from "../decoders.ts"
import { lossCharts, lossName } from "../drawing/losses.ts"
import type { Fit, Progressed } from "../messages.ts"
import { element, type Session } from "../session.ts"

/** Training: its controls and curves, fits that are loaded, and the diagnosis. */
export const trainingPanel = ({ ask, decoder, fit, shipped, say }: Session): void => {
  const goOn = element("go-on", HTMLButtonElement)
  const stop = element("stop", HTMLButtonElement)
  const trained = element("trained", HTMLParagraphElement)
  const bar = element("progress", HTMLProgressElement)
  const verdict = element("verdict", HTMLSpanElement)
  const diagnosis = element("diagnosis", HTMLDivElement)
  const file = element("load-file", HTMLInputElement)
  const form = element("order", HTMLFormElement)
  let running: Answering<Fit> | undefined
  let isTraining = false
  /** the points of the curve: whole epochs, and the one under way */
  let points: ReadonlyArray<Progressed> = []

  const enable = (): void => {
    const isBusy = running !== undefined
    for (const button of document.querySelectorAll<HTMLButtonElement>("#train, #diagnose, #load-shipped"))
      button.disabled = isBusy
    goOn.disabled = isBusy || fit.get()?.decoder !== decoder.get()
    stop.disabled = !isTraining
    file.disabled = isBusy
  }

  const draw = (): void => {
    const { loss, parts } = lossCharts(points)
    element("loss", HTMLDivElement).innerHTML =
      `<p class="legend"><span><i style="background:var(--curve-1)"></i>training digits</span><span><i style="background:var(--curve-2)"></i>held-out digits</span></p>${loss}`
    element("parts", HTMLDivElement).innerHTML = parts
      .map(({ title, chart }) => `<div><p>${title}</p>${chart}</div>`)
      .join("")
  }

  const become = async (answering: Answering<Fit>): Promise<void> => {
    running = answering
    enable()
    diagnosis.hidden = true
    verdict.textContent = ""
    try {
      const made: Fit = await answering.answer
      decoder.set(made.decoder)
      fit.set(made)
      say(`Ready. ${decoders[made.decoder].label} decoder, ${made.about}.`)
    } finally {
      running = undefined
      isTraining = false
      bar.value = 0
      enable()
    }
  }

  const order = (isGoingOn: boolean): void => {
    const before = isGoingOn ? points.filter(({ isWhole }) => isWhole) : []
    const done = before.length
    const heard = (progress: Progressed): void => {
      const point = { ...progress, epoch: done + progress.epoch }
      points = [...points.filter(({ isWhole, epoch }) => isWhole && epoch < point.epoch), point]
      const { epoch, epochs, loss, heldOut } = progress
      const tested = heldOut === undefined ? "" : `, ${heldOut.toFixed(1)} on held-out digits`
      const words = `Epoch ${epoch} of ${epochs}: ${lossName(progress)} ${loss.toFixed(1)} nats per digit${tested}`
      trained.textContent = words.replaceAll(" -", " −")
      bar.value = (epoch - (progress.isWhole ? 0 : 0.5)) / epochs
      draw()
    }
    const numberOf = (id: string): number => element(id, HTMLInputElement).valueAsNumber
    points = before
    isTraining = true
    say("Training…")
    const asked = { decoder: decoder.get(), epochs: numberOf("epochs"), digits: numberOf("digits"), goOn: isGoingOn }
    void become(ask("train", asked, heard))
  }

  const load = (bytes: Uint8Array): void => {
    say("Loading the fit…")
    points = []
    element("loss", HTMLDivElement).replaceChildren()
    element("parts", HTMLDivElement).replaceChildren()
    trained.textContent = ""
    void become(ask("load", bytes))
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault()
    order(false)
  })
  goOn.addEventListener("click", () => form.reportValidity() && order(true))
  stop.addEventListener("click", () => running?.stop())
  element("load-shipped", HTMLButtonElement).addEventListener("click", () => load(shipped))
  file.addEventListener("change", async () => {
    const chosen = file.files?.[0]
    if (chosen !== undefined) load(new Uint8Array(await chosen.arrayBuffer()))
  })
  element("diagnose", HTMLButtonElement).addEventListener("click", async () => {
    verdict.textContent = "Weighing draws…"
    const told = await ask("diagnose", undefined).answer.finally(() => (verdict.textContent = ""))
    verdict.textContent = `Verdict: ${told.verdict}`
    diagnosis.innerHTML = told.html
    diagnosis.hidden = false
  })
  decoder.listen(enable)
  load(shipped)
}
