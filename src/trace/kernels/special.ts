import { special } from "../../tensor/special/index.ts"
import { broadcast, vectoriseElementwise } from "./elementwise.ts"
import type { Kernel, Rows } from "./Kernel.ts"
import { reduction } from "./reduction.ts"

/** A row for each special function: smooth, and broadcasting number by number unless it reduces. */
const elementwise = (inputs: ReadonlyArray<string>): Kernel => ({
  continuity: "smooth",
  inputs,
  infer: (given, _, kernel) => ({
    shape: given.reduce<ReadonlyArray<number>>((shape, input) => broadcast(shape, input.shape, kernel), []),
    dtype: "float32"
  }),
  vectorise: vectoriseElementwise
})

export const specials: Rows = Object.fromEntries(
  Object.values(special).map(({ kernel, inputs, reduces }) => [
    kernel,
    reduces === true ? reduction("smooth", () => "float32") : elementwise(inputs)
  ])
)
