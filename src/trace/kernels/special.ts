import { anything } from "../../tensor/Interval.ts"
import { special } from "../../tensor/special/index.ts"
import type { Special } from "../../tensor/special/Special.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { jumps, smooth } from "./continuityRules.ts"
import { broadcast, vectoriseAligned } from "./elementwise.ts"
import type { KernelRow, Rows } from "./KernelRow.ts"
import { reduction } from "./reduction.ts"
import { specialFacts } from "./specialFacts.ts"

/** A row for each special function: elementwise with broadcasting, unless it reduces. */
const elementwise = ({ kernel, inputs, noise = [], jumps: jumping }: Special): KernelRow => {
  const own = (i: number): number => (noise.includes(inputs[i] ?? "") ? 1 : 0)
  return {
    continuity: jumping === true ? jumps : smooth,
    ...specialFacts[kernel],
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

const reducing = ({ kernel }: Special): KernelRow => {
  const { continuity = smooth, range = () => anything } = specialFacts[kernel] ?? {}
  return reduction(continuity, () => "float32", range)
}

export const specials: Rows = Object.fromEntries(
  Object.values(special).map((each) => [each.kernel, each.reduces === true ? reducing(each) : elementwise(each)])
)
