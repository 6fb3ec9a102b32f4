import { Effect, Layer, type Scope } from "effect"
import type { EngineUnavailable, InvalidOption, UnsupportedKernel } from "../../Errors.ts"
import { isScan } from "../../trace/region.ts"
import { type Bindings, Engine, type Hint, type Loop, type Session } from "../Engine.ts"
import { bfloat16OnCpu, refuseBfloat16 } from "../precision.ts"
import { compile as byDataflow } from "./dataflow.ts"
import { load, type Native } from "./native.ts"
import { missingProducts } from "./products.ts"
import { compile as byXla } from "./xla/compile.ts"
import { missingLowProducts, missingXla } from "./xla/missing.ts"

/** The two ways to compile a loop: by XLA, whose steps are faster, or to a graph of TensorFlow's own ops, which compiles faster. */
export type Way = "xla" | "dataflow"

/** Chooses the way for a loop; `missing` is the reason why there is no XLA, if there is none. */
type Choice = (native: Native, loop: Loop, hint: Hint, missing: string | undefined) => Way

const engineBy = (wayFor: Choice): Layer.Layer<Engine, EngineUnavailable> =>
  Layer.effect(
    Engine,
    Effect.map(
      Effect.suspend(() => load),
      (native) => {
        const missing = missingXla(native.binding)
        return {
          name: "tensorflow",
          because: `TensorFlow ${native.binding.TF_Version} loads (@tensorflow/tfjs-node)${without(missing)}`,
          bfloat16: bfloat16On(native),
          compile: (
            loop: Loop,
            bindings: Bindings,
            hint: Hint = {}
          ): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
            wayFor(native, loop, hint, missing) === "xla"
              ? byXla(native, loop, bindings, hint)
              : byDataflow(native, loop, bindings)
        }
      }
    )
  )

const without = (missing: string | undefined): string =>
  missing === undefined
    ? ""
    : `, too old to compile long fits by XLA (${missing}); \`npx latent native\` sets up a newer one`

/** The number of steps from which XLA's faster steps outweigh its longer compilation (decision 018). */
const many = 1000

/** TensorFlow's native CPU code, through tfjs-node: one call runs many steps. Long fits are compiled by XLA if the library has it. */
export const tensorflow: Layer.Layer<Engine, EngineUnavailable> = engineBy(
  ({ binding }, { graph, carried, precision }, { steps = many }, missing) => {
    // a graph of TensorFlow's own ops would hold each position of a recurrence
    if (graph.nodes.some(isScan) && missing === undefined) return "xla"
    if (Object.keys(carried).length === 0 || steps < many || missing !== undefined) return "dataflow"
    return precision === "bfloat16" && missingLowProducts(binding) !== undefined ? "dataflow" : "xla"
  }
)

/** The same engine, which always uses one of the two ways. */
export const tensorflowBy = (way: Way): Layer.Layer<Engine, EngineUnavailable> => engineBy(() => way)

const bfloat16On = ({ binding }: Native): Effect.Effect<void, InvalidOption> =>
  Effect.andThen(
    bfloat16OnCpu,
    Effect.suspend(() => {
      const reason = missingProducts(binding, "bfloat16")
      return reason === undefined
        ? Effect.void
        : refuseBfloat16(
            `on TensorFlow ${binding.TF_Version}, which has no products in bfloat16 of oneDNN's (${reason})`
          )
    })
  )
