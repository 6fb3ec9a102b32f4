import type { Key } from "./random.ts"

/** Stands in no name that a user gives a site. */
const separator = "\u001f"

/** A stream of its own below a key's: what a distribution made of others gives each of them, so that they do not draw the same numbers. */
export const fork = (key: Key, part: string): Key => ({ ...key, site: `${key.site}${separator}${part}` })

/** The site below which a stream was forked, perhaps several times. */
export const siteOf = (stream: string): string => stream.split(separator, 1)[0] ?? stream
