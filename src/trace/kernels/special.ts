import { special } from "../../tensor/special/index.ts"
import type { Special } from "../../tensor/special/Special.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { broadcast, vectoriseAligned } from "./elementwise.ts"
import type { KernelRow, Rows } from "./KernelRow.ts"
import { reduction } from "./reduction.ts"

/** A row for each special function: smooth unless it jumps, and broadcasting number by number unless it reduces. */
const elementwise = ({ inputs, noise = [], jumps }: Special): KernelRow => {
  const own = (i: number): number => (noise.includes(inputs[i] ?? "") ? 1 : 0)
  return {
    continuity: jumps === true ? "jumps" : "smooth",
    inputs,
    infer: (given, _, kernel) => ({
      shape: given
        .map(({ shape }, i) => shape.slice(0, shape.length - own(i)))
        .reduce<Shape>((shape, other) => broadcast(shape, other, kernel), []),
      dtype: "float32"
    }),
    vectorise: vectoriseAligned(own)
  }
}

export const specials: Rows = Object.fromEntries(
  Object.values(special).map((each) => [
    each.kernel,
    each.reduces === true ? reduction("smooth", () => "float32") : elementwise(each)
  ])
)
