/**
 * A JSON text as a value, as `JSON.parse` gives it, but for objects in which a key stands twice: of those it would keep the last entry without a word.
 *
 * @throws SyntaxError for a text that is no JSON, or where a key stands twice
 */
export const parseStrictly = (json: string): unknown => {
  const parsed: unknown = JSON.parse(json)
  const open: Array<Set<string>> = []
  let text = ""
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}:]/gs)) {
    if (token === "{") open.push(new Set())
    else if (token === "}") open.pop()
    else if (token !== ":") text = token
    else {
      const key = String(JSON.parse(text))
      const keys = open.at(-1)
      if (keys?.has(key) === true) throw new SyntaxError(`two entries '${key}' in one object`)
      keys?.add(key)
    }
  }
  return parsed
}
