import { linear } from "../../tensor/linear/index.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import { smooth } from "./continuityRules.ts"
import { broadcast, vectoriseElementwise } from "./elementwise.ts"
import { first, type KernelRow, type Rows } from "./KernelRow.ts"

/** A row for each function of matrices: the result has the last input's rows and columns, and the broadcast leading dimensions of all inputs. */
const matrixFunction = (inputs: ReadonlyArray<string>): KernelRow => ({
  continuity: smooth,
  inputs,
  infer: (given, _, kernel) => {
    const lead = given.reduce<Shape>((shape, input) => broadcast(shape, input.shape.slice(0, -2), kernel), [])
    return { shape: [...lead, ...(given.at(-1) ?? first(given)).shape.slice(-2)], dtype: "float32" }
  },
  vectorise: vectoriseElementwise
})

export const matrices: Rows = Object.fromEntries(
  Object.values(linear).map(({ kernel, inputs }) => [kernel, matrixFunction(inputs)])
)
