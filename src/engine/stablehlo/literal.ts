import type { Values } from "../../trace/Graph.ts"
import type { Element } from "./types.ts"

/** A number as text for an MLIR constant: floats with a decimal point, or by their bits if they are not finite. */
export const uniform = (element: Element, value: number): string => {
  if (element === "i1") return value === 0 ? "false" : "true"
  if (element !== "f32") return String(Math.trunc(value))
  if (!Number.isFinite(value)) return bits(value)
  const [digits = "0", exponent = "+0"] = Math.fround(value).toExponential().split("e")
  const signed = Object.is(value, -0) ? `-${digits}` : digits
  return `${signed.includes(".") ? signed : `${signed}.0`}e${exponent}`
}

/** Numbers by their bytes, in row-major order. */
export const literal = (element: Element, values: Values): string => {
  const array = element === "f32" ? Float32Array : element === "i32" ? Int32Array : Uint8Array
  const exact = array.from(values)
  const bytes = new Uint8Array(exact.buffer)
  return `"0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("")}"`
}

const bits = (value: number): string =>
  `0x${new Uint32Array(Float32Array.of(value).buffer)[0]?.toString(16).toUpperCase().padStart(8, "0")}`
