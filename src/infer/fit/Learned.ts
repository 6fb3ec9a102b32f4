import type { Effect } from "effect"
import type { FitError } from "../../Errors.ts"
import type { Engine } from "../../engine/Engine.ts"
import type { Guided } from "../../model/Guided.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import type { Plan } from "../plan/Plan.ts"
import type { Prepared } from "../run/prepared.ts"
import type { Accuracy, Descended } from "./accuracy/Accuracy.ts"
import type { Derived } from "./derive.ts"
import type { EpochReport } from "./progress.ts"

/** The problem of a fit: a model with its guide, and whether the loss is read per datum or for all the data. */
export interface Problem {
  /** an automatic guide depends on the shapes of the data */
  readonly guided: (shapes: DataShapes) => Guided
  readonly per: "datum" | "total"
  /** a last step on the result of a fit, such as AutoLaplace's */
  readonly conclude?: (learned: Learned, data: Prepared) => Effect.Effect<Learned, FitError, Engine>
  /** the path of the rows of a model, whose plate and field its user does not know */
  readonly rows?: string
  /** the shapes that the program itself asks of its data, where it says them; otherwise the data say them */
  readonly shapes?: () => DataShapes
}

/** The result of a fit as plain data, from which everything else can be computed on any engine. */
export interface Learned {
  readonly problem: Problem
  readonly plan: Plan
  readonly shapes: DataShapes
  readonly derived: Derived
  readonly parameters: Parameters
  readonly history: ReadonlyArray<EpochReport>
  /** the number of rows of each plate that it was fitted to */
  readonly sizes: Readonly<Record<string, number>>
  readonly seed: number
  /** whether the fit was told to stop before its last epoch */
  readonly stopped: boolean
  /** of a fit with `accuracy`: its course, and what the weights of its draws say of its means */
  readonly descended?: Descended
  readonly accuracy?: Accuracy
}
