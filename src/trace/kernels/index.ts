import { UnsupportedKernel } from "../../Errors.ts"
import { elementwise } from "./elementwise.ts"
import { indexing } from "./indexing.ts"
import type { KernelRow, Rows } from "./KernelRow.ts"
import { linear } from "./linear.ts"
import { matrices } from "./matrix.ts"
import { reductions } from "./reduction.ts"
import { regions } from "./scanRow.ts"
import { shapes } from "./shape.ts"
import { specials } from "./special.ts"

/** The kernel table: every tfjs kernel that a recorded graph may contain, the special functions, and the functions of matrices. */
export const kernels: Rows = {
  ...elementwise,
  ...reductions,
  ...shapes,
  ...linear,
  ...indexing,
  ...specials,
  ...matrices,
  ...regions
}

export const kernelNamed = (name: string, during: string): KernelRow => {
  const row = kernels[name]
  if (row === undefined) {
    throw new UnsupportedKernel({
      kernel: name,
      during,
      advice: "It has no row in the kernel table (src/trace/kernels)."
    })
  }
  return row
}
