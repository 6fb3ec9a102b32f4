import type { Ask } from "./asking.ts"
import type { Cell } from "./cell.ts"
import type { DecoderName } from "./decoders.ts"
import type { Digits } from "./digits.ts"
import type { Fit, LanguageCalls, LatentCalls, Point, Posterior } from "./messages.ts"

/** What the panels share. */
export interface Session {
  readonly ask: Ask<LatentCalls>
  readonly askCompiler: Ask<LanguageCalls>
  /** a program to edit, and the declarations that it is checked with */
  readonly program: string
  readonly types: Uint8Array
  readonly heldOut: Digits
  /** the fit that was made in Node, as the server sent it */
  readonly shipped: Uint8Array
  readonly decoder: Cell<DecoderName>
  readonly fit: Cell<Fit | undefined>
  /** the point of the plane that is decoded */
  readonly point: Cell<Point>
  /** of the digit that is drawn */
  readonly posterior: Cell<Posterior | undefined>
  /** the codes of two digits, between which the slider moves */
  readonly ends: Cell<readonly [Point, Point] | undefined>
  readonly say: (words: string) => void
}

/** An element of the page by its id. */
export const element = <E extends Element>(id: string, type: new () => E): E => {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new TypeError(`the page has no ${type.name} '${id}'`)
  return found
}

export const contextOf = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
  const context = canvas.getContext("2d", { willReadFrequently: true })
  if (context === null) throw new TypeError("this browser draws on no canvas")
  return context
}

/** Calls now, and whenever the page turns light or dark: what is drawn on a canvas has to be drawn anew. */
export const onLook = (draw: () => void): void => {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw)
  draw()
}

/** A colour of the page's style by its name, as red, green and blue. */
export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
