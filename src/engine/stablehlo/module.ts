import type { Id } from "../../trace/Graph.ts"
import { type Type, typeText, type Value } from "./types.ts"
import type { Block, Line } from "./writer.ts"

/** The text of a module, and for each of its lines the node of the graph from which it was written. */
export interface Module {
  readonly text: string
  readonly nodes: ReadonlyArray<Id | undefined>
}

/** The parts of a module whose entry is one loop. */
export interface Parts {
  readonly given: ReadonlyArray<Value>
  /** the ops before the loop */
  readonly before: Block
  /** the values of the loop's state: at first, inside an iteration, and at its end */
  readonly first: ReadonlyArray<Value>
  readonly now: ReadonlyArray<Value>
  readonly next: ReadonlyArray<Value>
  /** the condition for another iteration, and the block that computes it */
  readonly goes: Value
  readonly test: Block
  readonly body: Block
  /** the values of the state that are returned */
  readonly returned: ReadonlyArray<number>
}

export const moduleOf = (parts: Parts): Module => {
  const { first, now, next, goes, returned } = parts
  const declared = (values: ReadonlyArray<Value>): string =>
    values.map((value) => `${value.name}: ${typeText(value)}`).join(", ")
  const types = (values: ReadonlyArray<Type>): string => values.map(typeText).join(", ")
  const named = (values: ReadonlyArray<Value>): string => values.map(({ name }) => name).join(", ")
  const results = returned.map((place) => `%out#${place}`).join(", ")
  const kinds = types(returned.flatMap((place) => now[place] ?? []))
  const lines: ReadonlyArray<Line> = [
    plain("module @latent {"),
    plain(`  func.func public @main(${declared(parts.given)}) -> (${kinds}) {`),
    ...inset(parts.before, 4),
    plain(`    %out:${now.length} = "stablehlo.while"(${named(first)}) ({`),
    plain(`    ^bb0(${declared(now)}):`),
    ...inset(parts.test, 6),
    plain(`      "stablehlo.return"(${goes.name}) : (${typeText(goes)}) -> ()`),
    plain("    }, {"),
    plain(`    ^bb0(${declared(now)}):`),
    ...inset(parts.body, 6),
    plain(`      "stablehlo.return"(${named(next)}) : (${types(next)}) -> ()`),
    plain(`    }) : (${types(first)}) -> (${types(now)})`),
    plain(`    return ${results} : ${kinds}`),
    plain("  }"),
    plain("}")
  ]
  return { text: lines.map(({ text }) => text).join("\n"), nodes: lines.map(({ node }) => node) }
}

const plain = (text: string): Line => ({ text, node: undefined })

const inset = ({ lines }: Block, by: number): ReadonlyArray<Line> =>
  lines.map(({ text, node }) => ({ text: " ".repeat(by) + text, node }))
