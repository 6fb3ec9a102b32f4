import { Context, type Effect, type Scope } from "effect"
import type { EngineUnavailable, InvalidOption, UnsupportedKernel } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import type { Graph, Values } from "../trace/Graph.ts"
import type { Precision } from "./precision.ts"

/**
 * A graph that an engine runs `k` times in one call. Each `Input` and each `Noise` leaf of the graph is one of:
 * - `carried`: its value is the one that the previous step gave to an output (a parameter, a moment, a baseline);
 * - `fixed`: given once, when the session is made (a parameter that is not trained);
 * - `rows`: the rows of a table (given once) that this step's indices name;
 * - anything else is a `feed`: given anew each step, as `[k, ...shape]`; noise feeds go by the name `noiseName` gives.
 */
export interface Loop {
  readonly graph: Graph
  /** input name → output name */
  readonly carried: Readonly<Record<string, string>>
  readonly fixed: ReadonlyArray<string>
  /** input name → the table it reads, and the feed (int32 `[batch]`) that says which rows */
  readonly rows: Readonly<Record<string, { readonly table: string; readonly indices: string }>>
  /** outputs whose value at every step is returned, as `[k, ...shape]` */
  readonly emitted: ReadonlyArray<string>
  /** of products of matrices (float32); another one only on an engine that has it */
  readonly precision?: Precision
}

/** Data that stays in the engine: `values * scale`, of shape `[rows, ...event]`. */
export interface Table {
  readonly values: Float32Array | Uint8Array
  readonly shape: Shape
  readonly scale: number
}

export type Arrays = Readonly<Record<string, Float32Array>>

/** What a session is made from, beside the loop: the first state, the fixed inputs, the tables. */
export interface Bindings {
  readonly state: Arrays
  readonly fixed: Arrays
  readonly tables: Readonly<Record<string, Table>>
}

/** What the caller knows of the work ahead. */
export interface Hint {
  /**
   * About how many steps will be run in all. An engine that can be set up in several ways measures them when that pays.
   * Not given: many for a loop that carries state, one for a loop that does not.
   */
  readonly steps?: number
}

/** A compiled loop with its state. Everything it holds is freed when its scope closes. */
export interface Session {
  /** Runs `k` steps; returns what they emit. The state moves on. A feed of another size is a defect (`ShapeMismatch`). */
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Effect.Effect<Arrays>
  /** A copy of the carried values as they are now. */
  readonly state: Effect.Effect<Arrays>
  /** Whether all numbers of some carried values are finite, which costs less than to read them. */
  readonly finite: (names: Iterable<string>) => Effect.Effect<boolean>
  /** Puts back the carried values from before the last `run`, for instance when it ended in NaN. Copies nothing. */
  readonly undo: Effect.Effect<void>
  /** Sets the carried values. */
  readonly restore: (state: Arrays) => Effect.Effect<void>
  /** How it runs at this moment, for people: threads, spinning, backend. */
  readonly detail: string
}

/** Runs recorded graphs. Layers: `tensorflow`, `onnx`, `eager`; `Engine.auto` takes the first that works. */
export class Engine extends Context.Service<
  Engine,
  {
    readonly name: string
    /** why this engine was chosen, in words */
    readonly because: string
    /** Succeeds where loops of precision bfloat16 can be compiled; otherwise says why they cannot, and what to do. */
    readonly bfloat16: Effect.Effect<void, InvalidOption>
    readonly compile: (
      loop: Loop,
      bindings: Bindings,
      hint?: Hint
    ) => Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope>
  }
>()("latent/Engine") {}

/** The name under which the numbers of a noise node are fed, by its label (`noiseLabel`) and law. */
export const noiseName = (label: string, law: string): string => `noise:${law}:${label}`
