import { showing } from "../../display.ts"
import type { Picture } from "../fitted/render.ts"

/** How many numbers are drawn, and the width that each has. */
export const [mostPanels, panelWidth] = [12, 220]
const columns = 3

export const ink = "#1f2328"

/** Panels beside and below each other on a white page, each a title over a chart of that height, below a head of that height. */
export const panelsOf = <P>(
  all: ReadonlyArray<P>,
  { height, top, head = "" }: { readonly height: number; readonly top: number; readonly head?: string },
  draw: (panel: P, x: number, y: number) => string
): Picture => {
  const panels = all.slice(0, mostPanels)
  const rows = Math.max(1, Math.ceil(panels.length / columns))
  const [wide, high] = [columns * panelWidth + 20, rows * (height + 34) + top]
  const body = panels.map((panel, i) =>
    draw(panel, 10 + (i % columns) * panelWidth, top + Math.floor(i / columns) * (height + 34))
  )
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="#fff"/>${head}${body.join("")}</svg>`
  return showing({ svg, toString: () => svg }, () => ({ text: svg, svg }), false)
}
