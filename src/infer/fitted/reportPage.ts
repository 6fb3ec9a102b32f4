import { Effect } from "effect"
import { formsOf } from "../../display.ts"
import type { FitError } from "../../Errors.ts"
import { fileError, writeDurably } from "../fit/durable.ts"
import type { Progress } from "../fit/progress.ts"
import type { ReportData, ReportedFigure, ReportedFit, ReportedShow } from "./reportData.ts"
import { reportHtml } from "./reportHtml.ts"

export interface ReportOptions {
  /** a sentence below the title */
  readonly about?: string
  /** settings of your own, beside those of the fits */
  readonly settings?: Readonly<Record<string, string | number>>
}

export interface ReportFitOptions {
  /** what the fit is called, where there are several */
  readonly name?: string
  /** another listener, such as `report()`, which prints */
  readonly also?: (event: Progress<unknown>) => void
}

/** A report while it is collected. */
export interface ReportPage {
  /** The `progress` of a fit, which adds its plan, settings, curves and warnings. */
  readonly fit: (options?: ReportFitOptions) => (event: Progress<unknown>) => void
  /** Adds a figure of merit, beside the bar that it must reach where one is given. */
  readonly figure: (name: string, value: number, options?: Pick<ReportedFigure, "unit" | "bar">) => void
  /** Adds something to look at: the bytes of a PNG file, the text of an SVG file, or a value that shows itself (a picture, a diagnosis, a summary, a plan); anything else as text. */
  readonly show: (title: string, value: unknown) => void
  readonly data: () => ReportData
  /** the page: one file that needs no other one, and no network */
  readonly html: () => string
  /** writes the page, whole or not at all. Fails with DataFormat where the system refuses */
  readonly write: (path: string) => Effect.Effect<void, FitError>
}

/**
 * A report of a run as one HTML page: plans, settings, the ELBO and its parts by epoch, figures of merit, pictures, diagnosis and time; light or dark by the reader's setting. Its numbers stand in the page as JSON
 * too (the element `report`), so that a figure can be drawn anew.
 *
 * @example
 * ```ts
 * const page = reportPage("A mean", { settings: { learningRate: 0.05 } })
 * const centre = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(mul(0.5, x), param.positive("sd", 1)))
 * const fitted = await centre.fitPromise(Data.of([1, 2], []), { epochs: 3, learningRate: 0.05, progress: page.fit() })
 * page.figure("sd", fitted.parameter("sd")[0] ?? NaN, { bar: ["at most", 1.1] })
 * page.show("Whether to trust it", await fitted.diagnose(Data.of([1, 2], [])))
 * page.data().fits[0]?.epochs.length // => 3
 * const save = page.write("report.html")
 * ```
 */
export const reportPage = (title: string, { about, settings = {} }: ReportOptions = {}): ReportPage => {
  const begun = performance.now()
  const fits: Array<ReportedFit> = []
  const figures: Array<ReportedFigure> = []
  const shown: Array<ReportedShow> = []
  const data = (): ReportData => ({
    ...{ title, about, settings, seconds: (performance.now() - begun) / 1000 },
    ...{ fits: [...fits], figures: [...figures], shown: [...shown] }
  })
  return {
    fit: ({ name, also } = {}) => {
      let place = -1
      return (event) => {
        also?.(event)
        if (event._tag === "Started") {
          const { _tag, ...started } = event
          place = fits.push({ name, started, epochs: [], warnings: [], because: undefined }) - 1
        }
        const fit = fits[place]
        if (fit !== undefined) fits[place] = after(fit, event)
      }
    },
    figure: (name, value, options = {}) => figures.push({ name, value, ...options }),
    show: (title, value) => shown.push(shownAs(title, value)),
    data,
    html: () => reportHtml(data()),
    write: (path) =>
      Effect.tryPromise({
        try: () => writeDurably(path, new TextEncoder().encode(reportHtml(data()))),
        catch: (error) => fileError(path, error)
      })
  }
}

const after = (fit: ReportedFit, event: Progress<unknown>): ReportedFit => {
  if (event._tag === "Epoch") {
    const { _tag, ...epoch } = event
    return { ...fit, epochs: [...fit.epochs, epoch] }
  }
  if (event._tag === "Engine") {
    const { _tag, ...taken } = event
    return { ...fit, started: { ...fit.started, ...taken } }
  }
  if (event._tag === "Warning") return { ...fit, warnings: [...fit.warnings, event.warning.message] }
  return event._tag === "Done" ? { ...fit, because: event.because } : fit
}

const shownAs = (title: string, value: unknown): ReportedShow => {
  if (value instanceof Uint8Array) return { title, picture: addressOf("image/png", value) }
  const forms = formsOf(value)
  const svg = typeof value === "string" && value.trimStart().startsWith("<svg") ? value : forms["image/svg+xml"]
  const html = forms["text/html"]
  if (svg === undefined && html === undefined) return { title, text: forms["text/plain"] ?? String(value) }
  return {
    title,
    ...(html !== undefined && { html }),
    ...(svg !== undefined && { picture: addressOf("image/svg+xml", new TextEncoder().encode(svg)) })
  }
}

const addressOf = (type: string, bytes: Uint8Array): string => `data:${type};base64,${base64(bytes)}`

const base64 = (bytes: Uint8Array): string => {
  let text = ""
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
