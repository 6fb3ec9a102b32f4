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
      ...(isFamily(facts) ? [] : [["of the example", facts.family]]),
      ["support", facts.support],
      ["parameters", list(Object.entries(facts.constraints).map(([name, constraint]) => `${name}: ${constraint}`))],
      ["gradients", list(facts.gradients)],
      ["closed forms", list(facts.forms)],
      ...(isFamily(facts)
        ? [
            [`KL(${facts.name}‖·)`, list(facts.klTo)],
            [`KL(·‖${facts.name})`, list(facts.klFrom)]
          ]
        : []),
      ["engines", list(facts.engines)]
    ]),
    ...(errors === undefined ? [] : [`Throws ${errors}.`.replace("..", ".")]),
    `Made from [${facts.source}](../../${facts.source}) by \`npx vitest run test/docs/pages.test.ts -u\`.`
  ]
    .join("\n\n")
    .concat("\n")

const isFamily = ({ name, family }: Facts): boolean => name === family

type Column = readonly [head: string, cell: (facts: Facts) => string]

const link: Column[1] = ({ name }) => `[${name}](docs/distributions/${name}.md)`
const shared: ReadonlyArray<Column> = [
  ["support", ({ support }) => support],
  ["gradients", ({ gradients }) => list(gradients)],
  ["closed forms", ({ forms }) => list(forms)]
]
const engines: Column = ["engines", (facts) => (facts.engines.length === 5 ? "all" : list(facts.engines))]

const columns: Readonly<Record<"families" | "combinators", ReadonlyArray<Column>>> = {
  families: [["distribution", link], ...shared, ["KL to", ({ klTo }) => list(klTo)], engines],
  combinators: [["combinator", link], ["here", ({ family }) => family], ...shared, engines]
}

/** The table of all families, or of all combinators. */
export const overview = (of: keyof typeof columns, all: ReadonlyArray<Facts>): string =>
  rows([columns[of].map(([head]) => head), ...all.map((facts) => columns[of].map(([, cell]) => cell(facts)))])

const list = (items: ReadonlyArray<string>): string => (items.length === 0 ? "–" : items.join(", "))

const rows = ([head = [], ...body]: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** Puts a table between its marks in a page; everything around them stays. */
export const insert = (text: string, of: keyof typeof columns, table: string): string => {
  const [begin, end] = ["begin", "end"].map((place) => `<!-- ${of}: ${place} -->`) as [string, string]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the page has no place for the table of ${of}`)
  return `${text.slice(0, from) + begin}\n\n${table}\n\n${text.slice(to)}`
}
