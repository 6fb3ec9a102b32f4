import { Effect } from "effect"
import { InvalidOption } from "../../Errors.ts"
import type { Tensor } from "../../tensor/Tensor.ts"
import { Interpreter, type SiteRequest } from "../Interpreter.ts"
import { asSite, discharge } from "../Site.ts"
import { type Runnable, runnable } from "./runnable.ts"

/** How a site is asked for; `given` where the program supplies its value. */
type AskedKind = SiteRequest["kind"] | "given"

/** A site as it was asked for: its name within the handled program, after those of its plates. */
export interface Asked {
  readonly kind: AskedKind
  readonly path: ReadonlyArray<string>
}

/** Where a site stands in the handled program. */
export interface Place {
  /** its name, after those of the program's own plates */
  readonly path: ReadonlyArray<string>
  /** the number of the row in each of these plates, among those that this run looks at */
  readonly rows: ReadonlyArray<number>
  /** whether the run looks at every row; otherwise one row stands for all */
  readonly everyRow: boolean
}

/** What stands between a program and the meaning of its sites, for one run. */
export interface Handler {
  /** The value that the program sees; `ask` passes a request on. */
  readonly site: (request: SiteRequest, ask: (request: SiteRequest) => Tensor, place: Place) => Tensor
  /** after the last site of the program */
  readonly end?: (asked: ReadonlyArray<Asked>) => void
  /** whether plates may be entered that the run has been in before */
  readonly again?: boolean
}

/** A program with a handler of its own around it, made anew for each run. `S` says what its requirements are then. */
export const handle = <A, E, R, S>(program: Runnable<A, E, R>, make: () => Handler): Effect.Effect<A, E, S> =>
  asSite<A, E, S>(
    Effect.flatMap(Interpreter, (outer) => {
      const { site, end, again } = make()
      const plates: Array<{ readonly name: string; readonly row: number }> = []
      const asked = new Map<string, Asked>()
      const handled = discharge(runnable(program), {
        everyRow: outer.everyRow,
        site: (request, fiber) => {
          const path = [...plates.map(({ name }) => name), request.name]
          asked.set(JSON.stringify(path), { kind: askedKind(request), path })
          const place = { path, rows: plates.map(({ row }) => row), everyRow: outer.everyRow }
          return site(request, (changed) => outer.site(changed, fiber), place)
        },
        plate: (name, body, fiber, anew = again) => {
          let row = -1
          const inside: typeof body = (fields) => {
            row++
            plates.push({ name, row })
            return Effect.ensuring(
              Effect.suspend(() => body(fields)),
              Effect.sync(() => void plates.pop())
            )
          }
          return outer.plate(name, inside, fiber, anew)
        },
        collect: outer.collect,
        choose: outer.choose,
        scan: (name, init, body, fiber, anew = again) => {
          let row = -1
          const inside: typeof body = (carry, fields, position) => {
            row++
            plates.push({ name, row })
            return Effect.ensuring(
              Effect.suspend(() => body(carry, fields, position)),
              Effect.sync(() => void plates.pop())
            )
          }
          return outer.scan(name, init, inside, fiber, anew)
        }
      })
      return Effect.tap(handled, () => Effect.sync(() => end?.([...asked.values()])))
    }) as Effect.Effect<A, E, Interpreter>
  )

const askedKind = (request: SiteRequest): AskedKind =>
  "dist" in request && request.value !== undefined ? "given" : request.kind

/** Whether a choice has no value of the program's own. */
export const isOpen = (request: SiteRequest): boolean => askedKind(request) === request.kind

/** How a site is called in messages, and where a handler takes names: `schools.theta`. */
export const nameAt = (path: ReadonlyArray<string>): string => path.join(".")

/**
 * Refuses names that no site of the program has.
 *
 * @throws InvalidOption that lists the sites
 */
export const mustBeMet = (
  handler: string,
  wanted: Iterable<string>,
  asked: ReadonlyArray<Asked>,
  kinds: ReadonlyArray<AskedKind>,
  expected: string
): void => {
  const known = asked.flatMap(({ kind, path }) => (kinds.includes(kind) ? [nameAt(path)] : []))
  const unknown = [...wanted].find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new InvalidOption({
    option: handler,
    value: `for the site '${unknown}'`,
    expected: `names of ${expected}: ${known.join(", ") || "there are none"}`
  })
}

/** The kinds of sites that have a value which can be set. */
export const movable: ReadonlyArray<AskedKind> = ["sample", "observe", "given", "enumerate", "draw", "deterministic"]
