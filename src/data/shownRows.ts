import { asHtml, asText, escaped, showing } from "../display.ts"
import { type Shape, showShape, sizeOf } from "../tensor/Tensor.ts"

/** Rows of numbers, as a dataset has them. */
interface RowsOfNumbers {
  readonly event: Shape
  readonly size: number
  readonly shape: Shape
  readonly support: string
  readonly values: ArrayLike<number>
  readonly scale: number
}

/** How many rows, and how many numbers of each, are shown. */
const [rows, columns] = [5, 8]

/** Rows that show themselves in a notebook: their shape, their support, and the first of their numbers. */
export const shownRows = <D extends RowsOfNumbers>(dataset: D): D =>
  showing(
    dataset,
    () => {
      const table = tableOf(dataset)
      const { shape, support, size } = dataset
      const title = escaped(`Dataset ${showShape(shape)}, support ${support}`)
      const more = size > rows ? `… ${size - rows} more rows` : undefined
      return {
        text: [title, asText(table), ...(more === undefined ? [] : [more])].join("\n"),
        html: `<div>${title}</div>${asHtml(table)}${more === undefined ? "" : `<div>${more}</div>`}`
      }
    },
    false
  )

const tableOf = ({ event, size, values, scale }: RowsOfNumbers) => {
  const width = sizeOf(event)
  const shown = Math.min(columns, width)
  const more = width > shown ? [`… ${width - shown} more`] : []
  return {
    head: ["row", ...Array.from({ length: shown }, (_, i) => placeIn(event, i) || "value"), ...more],
    rows: Array.from({ length: Math.min(rows, size) }, (_, row) => [
      String(row),
      ...Array.from({ length: shown }, (_, i) => shorter((values[row * width + i] ?? 0) * scale)),
      ...more.map(() => "…")
    ]),
    numbers: new Set(Array.from({ length: shown + 1 }, (_, i) => i))
  }
}

/** The place of the i-th number of a value of some shape: `[2, 0]`; nothing for a single number. */
export const placeIn = (shape: Shape, i: number): string => {
  const index: Array<number> = []
  for (let [rest, axis] = [i, shape.length - 1]; axis >= 0; axis--) {
    const length = shape[axis] ?? 1
    index.unshift(rest % length)
    rest = Math.floor(rest / length)
  }
  return shape.length === 0 ? "" : `[${index.join(", ")}]`
}

const shorter = (x: number): string => String(Number(x.toPrecision(4)))
