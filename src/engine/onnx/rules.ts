import { UnsupportedKernel } from "../../Errors.ts"
import { isLeaf, type Node } from "../../trace/Graph.ts"
import { allNodes, isScan } from "../../trace/region.ts"
import type { Rule, Rules } from "./rule.ts"
import { elementwise } from "./rules/elementwise.ts"
import { indexing } from "./rules/indexing.ts"
import { matrix } from "./rules/matrix.ts"
import { movement } from "./rules/movement.ts"
import { reduction } from "./rules/reduction.ts"

/** The ONNX rule of each tfjs kernel (opset 17, and ONNX Runtime's own domain). */
export const rules: Rules = { ...elementwise, ...reduction, ...matrix, ...movement, ...indexing }

/** @throws UnsupportedKernel when this kernel has no rule */
export const ruleFor = (kernel: string): Rule => {
  const rule = Object.hasOwn(rules, kernel) ? rules[kernel] : undefined
  if (rule === undefined) throw unsupported(kernel)
  return rule
}

/** The first kernel of the given nodes, and of the bodies of recurrences, that has no rule. */
export const missingRule = (nodes: ReadonlyArray<Node>): UnsupportedKernel | undefined => {
  const node = allNodes(nodes).find((each) => !isLeaf(each) && !isScan(each) && !Object.hasOwn(rules, each.kernel))
  return node === undefined ? undefined : unsupported(node.kernel)
}

const unsupported = (kernel: string): UnsupportedKernel =>
  new UnsupportedKernel({
    kernel,
    during: "lowering to ONNX",
    advice: "Write it with other ops, or run on the eager engine (Engine.eager)."
  })
