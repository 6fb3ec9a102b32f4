import { DataFormat, ShapeMismatch } from "../../Errors.ts"

/**
 * Errors of work on data that a user gave as the argument `name` name entries as `data.plate.field`. This says them as the user wrote them:
 * `validation.plate.field`, or `data` for the rows of a model, which the library itself puts under the path `rows`.
 */
export const inWords = ({ rows }: Named, name: string): (<E>(error: E) => E | DataFormat | ShapeMismatch) => {
  const own = rows === undefined ? "data" : `data.${rows}`
  const renamed = (path: string): string =>
    path === own || path.startsWith(`${own}.`) ? name + path.slice(own.length) : path === "data" ? name : path
  return (error) => {
    if (error instanceof DataFormat)
      return new DataFormat({ path: renamed(error.path), reason: error.reason, advice: error.advice })
    if (error instanceof ShapeMismatch && error.where.startsWith(rowOf(""))) {
      const { site, expected, actual } = error
      return new ShapeMismatch({ site, expected, actual, where: rowOf(renamed(error.where.slice(rowOf("").length))) })
    }
    return error
  }
}

/** Runs work whose errors are said in these words. Throws what the work throws. */
export const inWordsOf = <A>(problem: Named, name: string, work: () => A): A => {
  try {
    return work()
  } catch (error) {
    throw inWords(problem, name)(error)
  }
}

interface Named {
  readonly rows?: string
}

/** The place of a wrong shape, for an entry `data.plate.field`. */
export const rowOf = (path: string): string => `one row of ${path}`
