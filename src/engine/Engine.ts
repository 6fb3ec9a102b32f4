import { Context, type Effect, type Scope } from "effect"
import type { EngineUnavailable, InvalidOption, UnsupportedKernel } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import type { Graph, Values } from "../trace/Graph.ts"
import type { EngineChoice } from "./EngineChoice.ts"
import type { Precision } from "./precision.ts"

/**
 * A graph that an engine runs `k` times in one call. Each `Input` and each `Noise` leaf of the graph is one of:
 * - `carried`: its value is the previous step's value of an output (a parameter, a moment, a baseline);
 * - `fixed`: given once, when the session is made (a parameter that is not trained);
 * - `rows`: the rows of a table (given once), chosen by this step's indices;
 * - anything else is a `feed`: new values for each step, as `[k, ...shape]`; the name of a noise feed is made by `noiseName`.
 */
export interface Loop {
  readonly graph: Graph
  /** input name → output name */
  readonly carried: Readonly<Record<string, string>>
  readonly fixed: ReadonlyArray<string>
  /** input name → the table that it reads, and the feed of row numbers (int32 `[batch]`) */
  readonly rows: Readonly<Record<string, { readonly table: string; readonly indices: string }>>
  /** the outputs that are returned for every step, as `[k, ...shape]` */
  readonly emitted: ReadonlyArray<string>
  /** the precision of matrix products (float32 if not given); only some engines have others */
  readonly precision?: Precision
}

/** Data that are kept in the engine: `values * scale`, of shape `[rows, ...event]`. */
export interface Table {
  readonly values: Float32Array | Uint8Array
  readonly shape: Shape
  readonly scale: number
}

export type Arrays = Readonly<Record<string, Float32Array>>

/** The values that a session needs besides the loop: the initial state, the fixed inputs, the tables. */
export interface Bindings {
  readonly state: Arrays
  readonly fixed: Arrays
  readonly tables: Readonly<Record<string, Table>>
}

/** Facts about the coming work, which help an engine to choose its settings. */
export interface Hint {
  /**
   * The approximate total number of steps. An engine with several possible settings uses it to decide whether measuring them is worthwhile. If not
   * given: many for a loop that carries state, one for a loop that does not.
   */
  readonly steps?: number
  /**
   * For an engine that stands for several: the name of the one that it must be, or "fastest" where the steps are so certain that it may be worthwhile to time others. If not given:
   * the one that it takes first.
   */
  readonly engine?: "fastest" | { readonly name: string }
}

/** A compiled loop with its state. All its memory is freed when its scope closes. */
export interface Session {
  /** Runs `k` steps, updates the state, and returns the emitted outputs. A feed of the wrong size is a defect (`ShapeMismatch`). */
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Effect.Effect<Arrays>
  /** A copy of the current carried values. */
  readonly state: Effect.Effect<Arrays>
  /** Whether all numbers of some carried values are finite, which costs less than to read them. */
  readonly finite: (names: Iterable<string>) => Effect.Effect<boolean>
  /** Puts back the carried values from before the last `run`, for instance when it ended in NaN. Copies nothing. */
  readonly undo: Effect.Effect<void>
  /** Sets the carried values. */
  readonly restore: (state: Arrays) => Effect.Effect<void>
  /** The current settings as text for people: threads, spinning, backend. */
  readonly detail: string
  /** Where the engine stands for several: which of them was taken for this loop, once that is known, if it was not the first without a trial. */
  readonly chosen?: EngineChoice | undefined
}

/** Runs recorded graphs. Layers: `tensorflow`, `onnx`, `eager`; `Engine.auto` chooses the first that works. */
export class Engine extends Context.Service<
  Engine,
  {
    readonly name: string
    /** the reason for the choice of this engine, in words */
    readonly because: string
    /** Succeeds if loops of precision bfloat16 can be compiled; otherwise fails with the reason and advice. */
    readonly bfloat16: Effect.Effect<void, InvalidOption>
    readonly compile: (
      loop: Loop,
      bindings: Bindings,
      hint?: Hint
    ) => Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope>
  }
>()("latent/Engine") {}

/** The name of the feed for a noise node, from its label (`noiseLabel`) and its distribution. */
export const noiseName = (label: string, distribution: string): string => `noise:${distribution}:${label}`
