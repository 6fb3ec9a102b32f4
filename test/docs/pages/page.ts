import type { Docblock } from "./docblock.ts"
import type { Facts } from "./facts.ts"

/** The page of one family, in Markdown. */
export const page = (facts: Facts, { text, parameters, errors, example }: Docblock): string =>
  [
    `# ${facts.name}`,
    text,
    ...(facts.draws ? [`![density of ${facts.name}](${facts.name}.svg)`] : []),
    ...(example === undefined ? [] : [`\`\`\`ts\n${example}\n\`\`\``]),
    ...(parameters.length === 0
      ? []
      : [parameters.map(({ names, text: what }) => `- \`${names}\`: ${what.replaceAll("\n", " ")}`).join("\n")]),
    rows([
      ["", ""],
      ["support", facts.support],
      ["parameters", list(Object.entries(facts.constraints).map(([name, constraint]) => `${name}: ${constraint}`))],
      ["gradients", list(facts.gradients)],
      ["closed forms", list(facts.forms)],
      [`KL(${facts.name}‖·)`, list(facts.klTo)],
      [`KL(·‖${facts.name})`, list(facts.klFrom)],
      ["engines", list(facts.engines)]
    ]),
    ...(errors === undefined ? [] : [`Throws ${errors}.`.replace("..", ".")]),
    `Made from [src/dist/${facts.name}.ts](../../src/dist/${facts.name}.ts) by \`npx vitest run test/docs/pages.test.ts -u\`.`
  ]
    .join("\n\n")
    .concat("\n")

/** The table of all families. */
export const overview = (all: ReadonlyArray<Facts>, link: (name: string) => string): string =>
  rows([
    ["distribution", "support", "gradients", "closed forms", "KL to", "engines"],
    ...all.map((facts) => [
      `[${facts.name}](${link(facts.name)})`,
      facts.support,
      list(facts.gradients),
      list(facts.forms),
      list(facts.klTo),
      facts.engines.length === 5 ? "all" : list(facts.engines)
    ])
  ])

const list = (items: ReadonlyArray<string>): string => (items.length === 0 ? "–" : items.join(", "))

const rows = ([head = [], ...body]: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const [begin, end] = ["<!-- distributions: begin -->", "<!-- distributions: end -->"]

/** Puts a table between the marks of a page; everything around them stays. */
export const insert = (text: string, table: string): string => {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error("the page has no place for the table of distributions")
  return `${text.slice(0, from) + begin}\n\n${table}\n\n${text.slice(to)}`
}
