/** What the docblock of a family says, in the parts that a page shows. */
export interface Docblock {
  /** paragraphs in Markdown */
  readonly text: string
  /** as written: `loc, scale` and what they are */
  readonly parameters: ReadonlyArray<{ readonly names: string; readonly text: string }>
  readonly errors: string | undefined
  readonly example: string | undefined
}

/** Reads the docblock before the exported `name` of a source file. */
export const docblockOf = (source: string, name: string): Docblock => {
  const exported = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*export (?:const|function) ${name}\\b`)
  const comment = exported.exec(source)?.[1]
  if (comment === undefined) throw new Error(`'${name}' has no docblock`)
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
  const [text = "", ...tags] = lines
    .join("\n")
    .trim()
    .split(/\n(?=@\w+)/)
  const tagged = (tag: string): ReadonlyArray<string> =>
    tags.flatMap((each) => (each.startsWith(`@${tag}`) ? [each.slice(tag.length + 1).trim()] : []))
  return {
    text: text.replaceAll(/\{@link (\w+)\}/g, "`$1`").trim(),
    parameters: tagged("param").map((each) => {
      const [names = "", ...rest] = each.replaceAll(/,\s+/g, ",\u0000").split(/\s+/)
      return { names: names.replaceAll("\u0000", " "), text: rest.join(" ").replaceAll("\u0000", " ") }
    }),
    errors:
      tagged("throws")
        .map((each) => each.replaceAll("\n", " "))
        .join("; ") || undefined,
    example: /```ts\n([\s\S]*?)```/.exec(tagged("example")[0] ?? "")?.[1]?.trimEnd()
  }
}
