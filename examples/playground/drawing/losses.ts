import { type Curve, lineChart } from "../../../src/infer/fitted/lineChart.ts"
import type { Progressed } from "../messages.ts"

/** What the loss of a run is called. */
export const lossName = ({ isBound }: Progressed): string => (isBound ? "−ELBO" : "loss (no bound)")

/** The curves of a run: the loss of training and held-out digits, and its two parts. The epoch under way is the last point. */
export const lossCharts = (
  points: ReadonlyArray<Progressed>
): { readonly loss: string; readonly parts: ReadonlyArray<{ readonly title: string; readonly chart: string }> } => {
  const curve = (name: string, of: (point: Progressed) => number | undefined): Curve => ({
    name,
    points: points.flatMap((point) => {
      const y = of(point)
      return y === undefined ? [] : [[point.epoch, y] as const]
    })
  })
  const curves = [curve("training digits", ({ loss }) => loss), curve("held-out digits", ({ heldOut }) => heldOut)]
  const small = { x: "epoch", width: 300, height: 180 }
  return {
    loss: lineChart({
      x: "epoch",
      y: `${points.every(({ isBound }) => isBound) ? "−ELBO" : "loss"} in nats per digit`,
      curves,
      width: 920,
      height: 320
    }),
    parts: [
      { title: "−log p(x | z), in nats", site: "x" },
      { title: "KL(q(z | x) ‖ p(z)), in nats", site: "z" }
    ].map(({ title, site }) => ({
      title,
      chart: lineChart({ ...small, y: title, curves: [curve(title, ({ parts }) => parts[site])] })
    }))
  }
}
