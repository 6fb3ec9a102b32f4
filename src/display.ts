/** How a value shows itself: as text where it is printed, and as a table or a picture in a notebook. */
export interface Shown {
  readonly text: string
  readonly html?: string
  readonly svg?: string
}

const notebook = Symbol.for("Jupyter.display")
const inspected = Symbol.for("nodejs.util.inspect.custom")

/**
 * Gives a value the methods by which it shows itself: `toString`, Node's `inspect`, and `Symbol.for("Jupyter.display")`, the convention of Deno's notebooks, which gives a form for each MIME type. They are
 * not enumerable: the value stays plain data in comparisons and copies.
 *
 * @param printed whether printing the value gives the text; otherwise only a notebook shows it
 */
export const showing = <T extends object>(value: T, show: () => Shown, printed = true): T => {
  const method = (call: () => unknown): PropertyDescriptor => ({ value: call, enumerable: false, configurable: true })
  const forms = (): Readonly<Record<string, string>> => {
    const { text, html, svg } = show()
    return {
      "text/plain": text,
      ...(html !== undefined && { "text/html": html }),
      ...(svg !== undefined && { "image/svg+xml": svg })
    }
  }
  const text = (): string => show().text
  return Object.defineProperties(value, {
    [notebook]: method(forms),
    ...(printed && { toString: method(text), [inspected]: method(text) })
  })
}

/** The forms of a value that shows itself in notebooks, by their MIME types; none of another value. */
export const formsOf = (value: unknown): Readonly<Record<string, string>> => {
  const display: unknown = typeof value === "object" && value !== null ? Reflect.get(value, notebook) : undefined
  const forms: unknown = typeof display === "function" ? Reflect.apply(display, value, []) : undefined
  return typeof forms === "object" && forms !== null
    ? Object.fromEntries(Object.entries(forms).filter(([, form]) => typeof form === "string"))
    : {}
}

/** A table of texts: its head, and rows of as many cells. */
export interface Table {
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
  /** the columns of numbers, which stand to the right; by their places */
  readonly numbers?: ReadonlySet<number>
}

export const asText = ({ head, rows, numbers = new Set() }: Table): string => {
  const all = [head, ...rows]
  const widths = head.map((_, i) => Math.max(...all.map((row) => lengthOf(row[i] ?? ""))))
  const padded = (cell: string, i: number): string => {
    const space = " ".repeat((widths[i] ?? 0) - lengthOf(cell))
    return numbers.has(i) ? space + cell : cell + space
  }
  return all.map((row) => row.map(padded).join("  ").trimEnd()).join("\n")
}

const lengthOf = (text: string): number => [...text].length

export const asHtml = ({ head, rows, numbers = new Set() }: Table): string => {
  const cell = (tag: string) => (text: string, i: number) =>
    `<${tag} style="text-align:${numbers.has(i) ? "right" : "left"}">${escaped(text)}</${tag}>`
  const line = (tag: string, row: ReadonlyArray<string>): string => `<tr>${row.map(cell(tag)).join("")}</tr>`
  return `<table><thead>${line("th", head)}</thead><tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>`
}

/** A number of a table: four digits, or as an integer. */
export const shorter = (x: number): string => {
  if (!Number.isFinite(x)) return String(x)
  const size = Math.abs(x)
  return size !== 0 && (size < 1e-3 || size >= 1e6)
    ? x.toExponential(2)
    : x.toFixed(size >= 1000 ? 0 : size >= 10 ? 2 : 3)
}

/** A length in a picture, to a tenth. */
export const tenth = (x: number): number => Math.round(10 * x) / 10

/** Text as it may stand in HTML and SVG, between tags and in attributes. */
export const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // characters that XML cannot hold
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
