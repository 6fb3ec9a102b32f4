import type * as tf from "@tensorflow/tfjs"
import { Context, type Effect } from "effect"
import type { Dist } from "../dist/Dist.ts"
import type { Branch } from "../tensor/branch.ts"
import type { Tensors } from "../tensor/scan.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import type { Missing } from "./missingValue.ts"

/** Where a site stands: in which branch of a `cond` or a `match`, if in one. Its log density counts only if that branch is taken. */
export interface InBranch {
  readonly branch?: Branch
}

/** One random choice as a program asks for it. A handler changes the request before it passes it on. */
export interface Choice extends InBranch {
  /** `draw`: a latent choice that is drawn from `dist` itself, whatever the guide */
  readonly kind: "sample" | "observe" | "enumerate" | "draw"
  readonly name: string
  readonly dist: Dist
  /** the value, where it is known: nothing is drawn or read from data. It is scored: of `sample` as a prior, of `observe` as a likelihood */
  readonly value: Tensor | undefined
  /** factor of the log density, such as 1 */
  readonly scale: number | Tensor<readonly []>
  /** booleans of the event's shape: elements that count in the log density; all of them without it */
  readonly mask: Tensor | undefined
  /** which stream of the site's random numbers a draw takes, where the program says it */
  readonly stream: string | undefined
  /** of a latent value that stands in for missing numbers, ones where they are: a guide's log density counts only there */
  readonly holes?: Tensor
}

/** A log density of the program's own. */
export interface OwnFactor extends InBranch {
  readonly kind: "factor"
  readonly name: string
  readonly value: Tensor
  readonly scale: number | Tensor<readonly []>
}

/** A computed value with a name. */
export interface Named extends InBranch {
  readonly kind: "deterministic"
  readonly name: string
  readonly value: Tensor
}

export type SiteRequest = Choice | OwnFactor | Named

/** The rows of a plate, seen one at a time. */
export type AnyRow = Readonly<Record<string, Tensor | Missing>>

/** The meaning of sites while a program runs: inferences provide it, programs only ask. `fiber` is the id of the fiber that asks. */
export class Interpreter extends Context.Service<
  Interpreter,
  {
    readonly site: (request: SiteRequest, fiber: number) => Tensor
    /**
     * Runs the body for the rows of a plate that this run looks at, and leaves the plate on every exit. A plate is entered once, or `again` by a handler that
     * runs its program more than once.
     */
    readonly plate: <A, E, R>(
      name: string,
      body: (row: AnyRow) => Effect.Effect<A, E, R>,
      fiber: number,
      again?: boolean
    ) => Effect.Effect<A, E, R>
    /** The value that a plate's body gave for one row, for all rows of the plate together. */
    readonly collect: (plate: string, value: Tensor, fiber: number) => Tensor
    /** Runs the body for one position of a sequence, with the carry that it is given there; gives the last carry. */
    readonly scan: <C extends Tensors, E, R>(
      name: string,
      init: C,
      body: (carry: C, row: AnyRow, position: Tensor<readonly []>) => Effect.Effect<C, E, R>,
      fiber: number,
      again?: boolean
    ) => Effect.Effect<C, E, R>
    /** Runs the branches of a choice, or the one that is taken if the predicates are numbers; gives their results as one. */
    readonly choose: <E, R>(
      where: string,
      predicates: () => ReadonlyArray<tf.Tensor>,
      branches: ReadonlyArray<Effect.Effect<unknown, E, R>>,
      fiber: number
    ) => Effect.Effect<unknown, E, R>
    /** whether this run looks at every row of a plate, one after the other; otherwise what it does for one row stands for all */
    readonly everyRow: boolean
  }
>()("latent/Interpreter") {}
