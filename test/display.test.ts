import { inspect } from "node:util"
import { expect, test } from "vitest"
import { asHtml, asText, escaped, showing } from "../src/display.ts"
import { Data, model, Normal } from "../src/index.ts"

/** How values show themselves: the convention of Deno's notebooks is a method that gives a form for each MIME type. */
const formsOf = (value: object): Readonly<Record<string, string>> => {
  const method: unknown = Reflect.get(value, Symbol.for("Jupyter.display"))
  if (typeof method !== "function") throw new Error("it does not show itself")
  return method.call(value)
}

test("a value that shows itself is printed as its text, and stays plain data", () => {
  const value = showing({ a: 1 }, () => ({ text: "one", svg: "<svg/>" }))
  expect(`${value}`).toBe("one")
  expect(inspect(value)).toBe("one")
  expect(formsOf(value)).toEqual({ "text/plain": "one", "image/svg+xml": "<svg/>" })
  expect(Object.keys(value)).toEqual(["a"])
  expect(value).toEqual({ a: 1 })
})

test("a table's columns stand under each other, numbers to the right", () => {
  const table = {
    head: ["site", "mean"],
    rows: [
      ["μ", "1.5"],
      ["theta", "10"]
    ],
    numbers: new Set([1])
  }
  expect(asText(table)).toBe("site   mean\nμ       1.5\ntheta    10")
  expect(asHtml({ head: ["a"], rows: [["<&>"]] })).toContain('<td style="text-align:left">&lt;&amp;&gt;</td>')
})

test("text for markup keeps letters, and loses what XML cannot hold", () => {
  expect(escaped('μ "<&>" \0 😀')).toBe("μ &quot;&lt;&amp;&gt;&quot; \u{fffd} 😀")
})

test("a plan shows the table that it prints", () => {
  const plan = model(Normal(0, 1), (z) => Normal(z, 1))
    .guide((x) => Normal(x, 0.5))
    .explain()
  const forms = formsOf(plan)
  expect(forms["text/plain"]).toBe(`${plan}`)
  expect(forms["text/html"]).toContain(">analytic</td>")
  expect(forms["text/html"]?.match(/<tr>/g)).toHaveLength(3)
})

test("a dataset shows its shape, its support and its first rows", () => {
  const points = Data.of(new Float32Array(60).fill(0.25), [2, 5], "unitInterval")
  const forms = formsOf(points)
  expect(forms["text/plain"]?.split("\n")[0]).toBe("Dataset [6, 2, 5], support unitInterval")
  expect(forms["text/plain"]).toContain("[1, 2]")
  expect(forms["text/plain"]).toContain("… 2 more")
  expect(forms["text/plain"]).toContain("… 1 more rows")
  for (const rows of [Data.flatten(points), Data.take(points, 2), Data.ofBytes(Uint8Array.of(0, 255), [])])
    expect(formsOf(rows)["text/html"]).toContain("<table>")
  expect(formsOf(Data.ofBytes(Uint8Array.of(0, 255), []))["text/plain"]).toContain("\n  1      1")
})
