import * as tf from "@tensorflow/tfjs"
import type { Effect } from "effect"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { handle } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/**
 * The program whose log densities are multiplied by a factor: a tempered likelihood, or weights of data. Draws and a guide's log densities stay as they are.
 *
 * @param factor from 0: a number, or a scalar such as a field of a plate's row
 * @throws InvalidOption for a number below 0, ShapeMismatch for a tensor that is no scalar
 * @example
 * ```ts
 * trace(scale(sample("z", Delta(1)), 2), {}).logJoint // => 0
 * trace(scale(observe("x", Normal(0, 1), Tensor.of([], tf.scalar(1))), 3), {}).logJoint // => 3 * (-0.5 - 0.918938533)
 * ```
 */
export const scale = <A, E, R>(
  program: Runnable<A, E, R>,
  factor: number | Tensor<readonly []>
): Effect.Effect<A, E, R> => {
  if (typeof factor === "number") {
    if (!(factor >= 0 && Number.isFinite(factor)))
      throw new InvalidOption({ option: "scale", value: String(factor), expected: "a factor from 0" })
  } else if (factor.shape.length > 0)
    throw new ShapeMismatch({ site: undefined, where: "scale", expected: [], actual: factor.shape })
  return handle(program, () => ({
    site: (request, ask) => ask("scale" in request ? { ...request, scale: product(request.scale, factor) } : request)
  }))
}

const product = (a: number | Tensor<readonly []>, b: number | Tensor<readonly []>): number | Tensor<readonly []> =>
  typeof a === "number" && typeof b === "number" ? a * b : b === 1 ? a : a === 1 ? b : typed(tf.mul(a, b))
