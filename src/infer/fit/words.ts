import { DataFormat, ShapeMismatch } from "../../Errors.ts"

/**
 * Runs work on data that a user gave as the argument `name`, whose errors name entries as `data.plate.field`, so that they name them as the user wrote them: `validation.plate.field`, or `data`
 * for the rows of a model, which the library itself puts under the path `rows`.
 *
 * @throws what the work throws
 */
export const inWordsOf = <A>({ rows }: { readonly rows?: string }, name: string, work: () => A): A => {
  const own = rows === undefined ? "data" : `data.${rows}`
  const renamed = (path: string): string =>
    path === own || path.startsWith(`${own}.`) ? name + path.slice(own.length) : path === "data" ? name : path
  try {
    return work()
  } catch (error) {
    if (error instanceof DataFormat)
      throw new DataFormat({ path: renamed(error.path), reason: error.reason, advice: error.advice })
    if (error instanceof ShapeMismatch && error.where.startsWith(rowOf(""))) {
      const { site, expected, actual } = error
      throw new ShapeMismatch({ site, expected, actual, where: rowOf(renamed(error.where.slice(rowOf("").length))) })
    }
    throw error
  }
}

/** The place of a wrong shape, for an entry `data.plate.field`. */
export const rowOf = (path: string): string => `one row of ${path}`
