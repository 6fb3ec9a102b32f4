import { latest } from "../cell.ts"
import type { DecoderName } from "../decoders.ts"
import { decoderNames, decoders } from "../decoders.ts"
import { element, type Session } from "../session.ts"

/** The choice of the likelihood, and the plan that follows from it. */
export const modelPanel = ({ ask, decoder }: Session): void => {
  const plan = element("plan", HTMLDivElement)
  const choice = element("decoders", HTMLFieldSetElement)
  const explain = latest(
    (name: DecoderName) => ask("plan", name).answer,
    (html) => (plan.innerHTML = html)
  )
  const radios = decoderNames.map((name) => {
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "decoder", value: name })
    const label = document.createElement("label")
    label.append(radio, ` ${decoders[name].label}`)
    choice.append(label)
    radio.addEventListener("change", () => decoder.set(name))
    return { name, radio }
  })
  decoder.listen((chosen) => {
    for (const { name, radio } of radios) radio.checked = name === chosen
    element("code", HTMLPreElement).textContent = `model(Normal(0, 1).iid(2), (z) => ${decoders[chosen].code})
  .guide((x) => Normal.fromLocLogVariance(encoder(x)))`
    element("about", HTMLParagraphElement).textContent = decoders[chosen].about
    explain(chosen)
  })
}
