import { Effect } from "effect"
import { GuideMismatch } from "../../Errors.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import type { SiteRequest } from "../Interpreter.ts"
import type { Deterministic, Movable, Open, Plate } from "../Site.ts"
import { conditioned } from "./condition.ts"
import { type Asked, handle, movable, mustBeMet, nameAt, type Place } from "./handle.ts"
import type { Runnable } from "./runnable.ts"
import { sameNoise } from "./sameNoise.ts"
import { asValue, type Conditioned, type KnownSites, tableOf, type ValueAt, type Values } from "./values.ts"

/** The names of the sites with values, those in plates after the plate's: `rows.y`. */
export type ValueNames<R> =
  R extends Plate<infer N extends string, infer _Row, infer Inner>
    ? `${N}.${ValueNames<Inner>}`
    : R extends Movable
      ? R["name"] & string
      : never

/** The values that would have been, as computed values beside the sites that they belong to. */
export type WithTwins<R, Q> =
  | (R extends Plate<infer N extends string, infer Row, infer Inner>
      ? Plate<N, Row, WithTwins<Inner, Q extends `${N}.${infer Rest}` ? Rest : never>>
      : R)
  | (R extends Movable
      ? R["name"] extends Q
        ? Deterministic<`twin.${R["name"] & string}`, ShapeAt<ValueAt<R>>>
        : never
      : never)
type ShapeAt<T> = T extends Tensor<infer S> ? S : Shape

/** The values that were asked for and stand outside of plates, by site. */
export type Answers<R, Q> = {
  readonly [S in Extract<R, Movable> as S["name"] extends Q ? S["name"] : never]: ValueAt<S>
}

export interface Question<V, I, Q> {
  /** what is known of the unit: observed values by site, as `condition` takes them */
  readonly given: V
  /** what would have been done to it: values by site, as `intervene` takes them */
  readonly intervene: I
  /** the sites whose values would then have been what? Those in a plate after its name: `rows.y` */
  readonly query: ReadonlyArray<Q>
}

/**
 * What would have been for the very same unit, had some sites been set: a program whose result holds the values that the query asks for, by site. It runs the program twice, whatever is asked: as it happened,
 * conditioned on what is given, and as its twin, in which each site has the same exogenous noise. The twin's values stand among the draws of the posterior as `twin.y`; latent sites that
 * are not given want a guide as ever.
 *
 * The noise of a site is z in loc + scale · z for families of location and scale, the base's for a `Transformed` one, and the probability u in icdf(u) for others that have
 * quantiles: counterfactuals depend on this choice where more than one mechanism has the same distribution. A discrete site whose parents may have changed has no such noise and is refused:
 * write it as a deterministic function of a noise site. A site keeps its value if the program asks for it before all that is set, or if its distribution is declared outside of the program.
 *
 * Source: Pearl, Glymour and Jewell (2016), Causal Inference in Statistics, section 4.2; Balke and Pearl (1994) for the twin network.
 *
 * @throws (when it runs) InvalidOption for unknown sites, ShapeMismatch for values of another shape, GuideMismatch for a site without a noise that could be shared
 * @example
 * ```ts
 * const study = Effect.gen(function* () {
 *   const x = yield* sample("x", Normal(0, 1)) // encouragement
 *   const h = yield* sample("h", Normal(Tensor.of([], tf.mul(0.5, x)), 1)) // homework
 *   return yield* sample("y", Normal(Tensor.of([], tf.add(tf.mul(0.7, x), tf.mul(0.4, h))), 1)) // exam
 * })
 * const joe = counterfactual(study, { given: { x: 0.5, h: 1, y: 1.5 }, intervene: { h: 2 }, query: ["y"] })
 * trace(joe, {}).value.y // => 1.9
 * ```
 */
export const counterfactual = <
  A,
  E,
  R,
  const V extends Values<R, Open>,
  const I extends Values<R, Movable>,
  const Q extends ValueNames<R>
>(
  program: Runnable<A, E, R>,
  question: Question<
    V & KnownSites<R, Open, V, "a latent or observed site">,
    I & KnownSites<R, Movable, I, "a site with a value">,
    Q
  >
): Effect.Effect<Answers<R, Q>, E, WithTwins<Conditioned<R, V>, Q>> => {
  const moved = tableOf("intervene", question.intervene)
  const given = tableOf("given", question.given)
  const query = new Set<string>(question.query)
  return Effect.suspend(() => {
    const facts: Facts = new Map()
    const changed = new Set<string>()
    const answers: Record<string, Tensor> = {}
    const factual = conditioned<A, E, R, Conditioned<R, V>>(program, given)
    const noting = handle<A, E, Conditioned<R, V>, WithTwins<Conditioned<R, V>, Q>>(factual, () => ({
      site: (request, ask, place) => {
        const value = ask(request)
        facts.set(keyAt(place), { request, value })
        return value
      }
    }))
    const twin = handle<A, E, R, WithTwins<Conditioned<R, V>, Q>>(program, () => ({
      again: true,
      site: (request, ask, place) => {
        const name = nameAt(place.path)
        const set = moved.get(name)
        if (set !== undefined) changed.add(prefixesOf(place).at(-1) ?? "")
        const isChanged = prefixesOf(place).some((prefix) => changed.has(prefix))
        const value =
          set === undefined
            ? wouldBe(request, facts.get(keyAt(place)), isChanged)
            : asValue("intervene", request.name, set, shapeOf(request))
        if (!query.has(name)) return value
        if (place.path.length === 1) answers[name] = value
        return ask({ kind: "deterministic", name: `twin.${request.name}`, value })
      },
      end: (asked) => mustKnow(moved.keys(), query, asked)
    }))
    return Effect.map(Effect.andThen(noting, twin), () => answers as Answers<R, Q>)
  })
}

type Facts = Map<string, { readonly request: SiteRequest; readonly value: Tensor }>

const keyAt = ({ path, rows }: Place): string => JSON.stringify([path, rows])

/** The program and each row of a plate that a site stands in, outermost first. */
const prefixesOf = ({ rows, path }: Place): ReadonlyArray<string> => [
  "",
  ...rows.map((_, i) => JSON.stringify([path.slice(0, i + 1), rows.slice(0, i + 1)]))
]

const shapeOf = (request: SiteRequest): Shape => ("dist" in request ? request.dist.shape : request.value.shape)

/** The value of a site in the twin. Before the first intervention nothing has changed. */
const wouldBe = (
  request: SiteRequest,
  fact: { readonly request: SiteRequest; readonly value: Tensor } | undefined,
  isChanged: boolean
): Tensor => {
  if (!("dist" in request)) return request.value
  if (fact === undefined || !("dist" in fact.request))
    throw new GuideMismatch({
      site: request.name,
      reason: "it stands in the twin but not in the factual run: a program must ask for the same sites each time"
    })
  return isChanged ? typed(sameNoise(request.name, fact.request.dist, request.dist, fact.value)) : fact.value
}

const mustKnow = (moved: Iterable<string>, query: Iterable<string>, asked: ReadonlyArray<Asked>): void => {
  mustBeMet("intervene", moved, asked, movable, "sites of the program")
  mustBeMet("query", query, asked, movable, "sites of the program")
}
