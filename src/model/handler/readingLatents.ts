import type { Effect } from "effect"
import { GuideMismatch, InvalidOption } from "../../Errors.ts"
import { handle, isOpen, mustBeMet, nameAt } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/**
 * The program whose latent sites are all read from data of their names, so that its log joint is a likelihood of them.
 *
 * @param names of the sites that have values
 */
export const readingLatents = <A, E, R, S>(
  program: Runnable<A, E, R>,
  names: ReadonlySet<string>
): Effect.Effect<A, E, S> =>
  handle(program, () => ({
    site: (request, ask, { path }) => {
      if (request.kind === "draw")
        throw new GuideMismatch({
          site: request.name,
          reason:
            "it is blocked, so its density does not count, and a log joint at given values is none with its draw in it"
        })
      if (request.kind !== "sample" || !isOpen(request)) return ask(request)
      if (names.has(nameAt(path))) return ask({ ...request, kind: "observe" })
      throw new InvalidOption({
        option: "values",
        value: `without '${nameAt(path)}'`,
        expected: "a value for each latent site"
      })
    },
    end: (asked) => mustBeMet("values", names, asked, ["sample"], "latent sites of the program")
  }))
