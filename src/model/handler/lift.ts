import { Effect } from "effect"
import type { Dist } from "../../dist/Dist.ts"
import { accepts } from "../../dist/Support.ts"
import { GuideMismatch, InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"
import { Interpreter } from "../Interpreter.ts"
import { enterLift, leaveLift, type ParamRequest } from "../Param.ts"
import { asSite, type Latent } from "../Site.ts"
import { type Runnable, runnable } from "./runnable.ts"

/** The latent sites that stand in the place of parameters. */
export type LiftedSites<P> = { readonly [K in keyof P & string]: Latent<K, P[K]> }[keyof P & string]

/**
 * The program in which some parameters are latent sites with priors of their own, drawn before all others: a point estimate becomes a posterior. A prior is one
 * of the parameter on its own support, so `param.positive("scale", 1)` takes a prior of positive numbers. Nets' weights go by their names, `mlp.0.weight`.
 *
 * @throws (when it runs) InvalidOption for a name that no parameter has, GuideMismatch for a prior whose support is not inside the parameter's or for a
 * per-row parameter, ShapeMismatch for a prior of another shape
 * @example
 * ```ts
 * const line = Effect.suspend(() => observe("y", Normal(param("mu", 0), param.positive("sigma", 1))))
 * const bayesian = program(lift(line, { mu: Normal(0, 10), sigma: HalfNormal(1) })) // a guide gives both
 * ```
 */
export const lift = <A, E, R, const P extends Readonly<Record<string, Dist>>>(
  program: Runnable<A, E, R>,
  priors: P
): Effect.Effect<A, E, R | LiftedSites<P>> => {
  if (typeof priors !== "object" || priors === null || Array.isArray(priors))
    throw new InvalidOption({
      ...{ option: "lift", value: String(priors) },
      expected: "a record of priors by the names of parameters, such as { scale: HalfNormal(1) }"
    })
  for (const [name, prior] of Object.entries(priors))
    if (typeof prior !== "object" || prior === null || !("logProb" in prior))
      throw new InvalidOption({ option: `lift.${name}`, value: String(prior), expected: "a distribution" })
  return asSite<A, E, R | LiftedSites<P>>(
    Effect.withFiber((fiber) =>
      Effect.flatMap(Interpreter, ({ site }) => {
        const values = new Map(
          Object.entries(priors).map(([name, dist]) => {
            const unscaled = { scale: 1, mask: undefined, stream: undefined, value: undefined }
            return [name, site({ kind: "sample", name, dist, ...unscaled }, fiber.id)] as const
          })
        )
        const asked = new Set<string>()
        enterLift((request, shape) => {
          asked.add(request.name)
          const prior = Object.hasOwn(priors, request.name) ? priors[request.name] : undefined
          if (prior === undefined) return undefined
          mustFit(request, shape, prior)
          return values.get(request.name)
        })
        const lifted = runnable(program) as Effect.Effect<A, E, Interpreter>
        return Effect.tap(Effect.ensuring(lifted, Effect.sync(leaveLift)), () =>
          Effect.sync(() => mustBeParameters(values, asked))
        )
      })
    )
  )
}

const mustFit = ({ name, support, plate }: ParamRequest, shape: Shape, prior: Dist): void => {
  if (plate !== undefined)
    throw new GuideMismatch({
      site: name,
      reason: `it is a parameter of each row of '${plate}', which has no one prior: sample it inside of the plate`
    })
  if (!sameShape(shape, prior.shape))
    throw new ShapeMismatch({ site: name, where: "lift", expected: shape, actual: prior.shape })
  const allowed: ReadonlyArray<string> = accepts[support]
  if (!allowed.includes(prior.support))
    throw new GuideMismatch({
      site: name,
      reason: `its prior has support '${prior.support}', which is not inside the parameter's '${support}'`
    })
}

const mustBeParameters = (wanted: ReadonlyMap<string, Tensor>, asked: ReadonlySet<string>): void => {
  const unknown = [...wanted.keys()].find((name) => !asked.has(name))
  if (unknown === undefined) return
  throw new InvalidOption({
    option: "lift",
    value: `for the parameter '${unknown}'`,
    expected: `names of parameters of the program: ${[...asked].join(", ") || "there are none"}`
  })
}
