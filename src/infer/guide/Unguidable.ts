import { GuideMismatch } from "../../Errors.ts"

/** A site for which no guide can be made without the user. What the user reads depends on who asked for the guide. */
export class Unguidable extends Error {
  readonly site: string
  readonly reason: string
  /** what the model can do instead: of a discrete site */
  readonly remedy: string | undefined

  constructor(site: string, reason: string, remedy?: string) {
    super(reason)
    this.site = site
    this.reason = reason
    this.remedy = remedy
  }
}

/** How a refusal is told. */
export interface RefusalWords {
  /** before the reason */
  readonly refusal: string
  /** why discrete sites are refused */
  readonly needs: string
  /** what the user can do in any case, with the site where it is discrete: a sentence without its point */
  readonly advice: (site: string | undefined) => string | undefined
}

/** Of automatic guides, beside which sites can be guided by hand. */
export const guideWords: RefusalWords = {
  refusal: "no automatic guide",
  needs: "automatic guides have densities",
  advice: (site) =>
    `Guide it yourself: autoGuide({ except: () => ({ ${site === undefined ? "" : `${JSON.stringify(site)}: `}… }) })`
}

/** Runs a function whose refusals become errors for the user. */
export const toldBy = <A>(words: RefusalWords, f: () => A): A => {
  try {
    return f()
  } catch (error) {
    if (!(error instanceof Unguidable)) throw error
    throw new GuideMismatch({ site: error.site, reason: told(error, words) })
  }
}

const told = ({ site, reason, remedy }: Unguidable, { refusal, needs, advice }: RefusalWords): string => {
  if (remedy === undefined) return [`${refusal}: ${reason}`, ...present(advice(undefined))].join(". ")
  const [own] = present(advice(site))
  const also = own === undefined ? "" : `, or ${own.charAt(0).toLowerCase()}${own.slice(1)}`
  return `${reason}, and ${needs}. ${remedy}${also}`
}

const present = (sentence: string | undefined): ReadonlyArray<string> => (sentence === undefined ? [] : [sentence])
