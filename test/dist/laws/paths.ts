import { expect, it } from "vitest"
import { hasPath } from "../../../src/dist/Dist.ts"
import { rangeOfDraws } from "../../../src/dist/rangeOfDraws.ts"
import type { Interval } from "../../../src/tensor/Interval.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { record } from "../../../src/trace/record.ts"
import { constraintRange, jumpsFrom } from "../../support/jumpsFrom.ts"
import { tidied } from "./evaluate.ts"
import { type Given, given, type Row, type Setting, shapeOf, someSettings } from "./Row.ts"

/** What a plan asks of a family whose draws have a path: that it may be taken. */
export const pathLaws = <P extends Setting>(row: Row<P>): void => {
  const [setting] = someSettings(row, 1) as [P]

  it("has no op that jumps, or may, in its log density, where a gradient goes through a draw", () => {
    if (!tidied(() => hasPath(row.make(given(setting)).gradients))) return
    const known: Record<string, Interval> = {}
    const graph = record((recorder) => {
      const parameters = Object.entries(setting).map(([name, x]) => {
        const shape = shapeOf(x ?? 0)
        return [name, Tensor.of(shape, recorder.input(name, shape))] as const
      })
      // recorded inputs are what the row's type says of the setting's parameters
      const dist = row.make(Object.fromEntries(parameters) as unknown as Given<P>)
      known["x"] = rangeOfDraws(dist)
      for (const [name] of parameters) known[name] = constraintRange(dist.constraints[name])
      return { logDensity: dist.logDensity(recorder.input("x", dist.shape)) }
    })
    expect(jumpsFrom(graph, "x", known)).toEqual([])
  })
}
