import { ShapeMismatch } from "../../Errors.ts"
import { sameShape } from "../../tensor/Tensor.ts"
import { nodeAt } from "../Graph.ts"
import { outputOf, scanOf, widths } from "../region.ts"
import type { KernelRow, Rows } from "./KernelRow.ts"

/** A recurrence; see `Scan` in region.ts. */
const scan: KernelRow = {
  // continuity.ts analyses the body
  continuity: () => "mayJump",
  doubt: "an op of its body may jump",
  inputs: undefined,
  infer: (inputs, attrs) => {
    const node = scanOf({ attrs })
    const [carry] = inputs
    const after = nodeAt(node.body, outputOf(node, "carry")).shape
    if (carry === undefined || !sameShape(carry.shape, after))
      throw new ShapeMismatch({
        site: undefined,
        where: "the carry of a scan after one step",
        expected: carry?.shape ?? [],
        actual: after,
        advice: "The body must give a carry of the shape that it is given."
      })
    const { carry: c, row: e } = widths(node)
    return { shape: [...after.slice(0, -1), c + node.length * e], dtype: "float32" }
  },
  vectorise: () => {
    throw new RangeError("a scan is vectorised with its body, in vectorise.ts")
  }
}

export const regions: Rows = { Scan: scan }
