import { Resvg } from "@resvg/resvg-js"
import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { DataFormat, DuplicateSite } from "../../../src/Errors.ts"
import { type Box, layout } from "../../../src/infer/fitted/nodeLayout.ts"
import { render } from "../../../src/infer/fitted/render.ts"
import { type Shapes, shapes } from "../../../src/infer/fitted/siteShapes.ts"
import { program } from "../../../src/infer/program/program.ts"
import { cond } from "../../../src/model/choice.ts"
import { collect } from "../../../src/model/collect.ts"
import { condition } from "../../../src/model/handler/condition.ts"
import { scan } from "../../../src/model/recurrence.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../../src/model/Site.ts"
import { greater } from "../../../src/tensor/ops/compare.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import { sum } from "../../../src/tensor/ops/reduce.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"

/** What a program is made of, as a table and as a picture, against programs whose graphs are plain to see. */
type Scalar = Tensor<readonly []>
const parentsOf = ({ sites }: Shapes): Readonly<Record<string, ReadonlyArray<string>>> =>
  Object.fromEntries(sites.map(({ name, parents }) => [name, parents]))

const schools = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfNormal(5))
  yield* plate("schools", function* (row: { readonly sigma: Scalar }) {
    const eta = yield* sample("eta", Normal(0, 1))
    const theta = yield* deterministic("theta", add(mu, mul(tau, eta)))
    yield* observe("y", Normal(theta, row.sigma))
  })
})
const three = { schools: { sigma: Dataset.of([1, 2, 3], []) } }

const topics = program(function* () {
  const weights = yield* sample("weights", Dirichlet(Tensor.of([3], tf.ones([3]))))
  const means = yield* sample("means", Normal(0, 5).iid(3))
  yield* factor("penalty", mul(-0.1, sum(means)))
  yield* plate("documents", function* () {
    const shift = yield* sample("shift", Normal(0, 1))
    yield* plate("words", function* () {
      const topic = yield* enumerate("topic", Categorical({ probs: weights }))
      yield* observe("word", Normal(add(at(means, topic), shift), 1))
    })
  })
})

describe("the sites that a site reads are", () => {
  test("those on ways that lead through no other site; computed values stand between", () => {
    expect(parentsOf(shapes(schools, three))).toEqual({
      ...{ mu: [], tau: [], eta: [], theta: ["mu", "tau", "eta"] },
      y: ["theta"]
    })
  })

  test("also those in outer plates, and those that are summed out", () => {
    expect(parentsOf(shapes(topics))).toEqual({
      ...{ weights: [], means: [], penalty: ["means"], shift: [] },
      ...{ topic: ["weights"], word: ["means", "shift", "topic"] }
    })
  })

  test("observed ones where the program uses the datum, and collected ones", () => {
    const crossed = program(function* () {
      const groups = yield* collect("groups", () => sample("group", Normal(0, 1)))
      yield* plate("rows", function* (row: { readonly group: Scalar }) {
        const x = yield* observe("x", Normal(at(groups, row.group), 1))
        yield* observe("y", Normal(x, 1))
      })
    })
    const inputs = { groups: 2, rows: { group: Dataset.of([0, 1, 1], [], "natural") } }
    expect(parentsOf(shapes(crossed, inputs))).toEqual({ group: [], x: ["group"], y: ["x"] })
  })

  test("those of both branches of a choice, and what it chooses by", () => {
    const chosen = program(function* () {
      const [a, b, c] = [
        yield* sample("a", Normal(0, 1)),
        yield* sample("b", Normal(0, 1)),
        yield* sample("c", Normal(0, 1))
      ]
      const mean = cond(
        greater(a, 0),
        () => b,
        () => mul(2, b)
      )
      yield* observe("y", Normal(mean, 1))
      yield* observe("z", Normal(c, 1))
    })
    expect(parentsOf(shapes(chosen))).toMatchObject({ y: ["a", "b"], z: ["c"] })
  })

  test("in a recurrence those of a position, and apart from these those of the position before", () => {
    const levels = program(function* () {
      const [drift, noise] = [yield* sample("drift", HalfNormal(1)), yield* sample("noise", HalfNormal(1))]
      const start = yield* sample("start", Normal(0, 1))
      const { level } = yield* scan("time", { level: start, seen: start }, function* ({ level, seen }, _row: object) {
        const slope = yield* deterministic("slope", mul(0.5, seen))
        const next = yield* sample("level", Normal(add(level, slope), drift))
        return { level: next, seen: yield* observe("y", Normal(next, noise)) }
      })
      yield* observe("after", Normal(level, 1))
    })
    const table = shapes(levels, { time: 5 })
    expect(parentsOf(table)).toEqual({
      ...{ drift: [], noise: [], start: [], slope: ["start"], level: ["drift", "start", "slope"] },
      ...{ y: ["noise", "level"], after: ["level"] }
    })
    const before = Object.fromEntries(table.sites.map((site) => [site.name, site.before]))
    expect(before).toMatchObject({ slope: ["y"], level: ["level"], y: [], after: [], start: [] })
    expect(render(levels, { time: 5 }).svg.match(/stroke-dasharray="4 3"/g)).toHaveLength(2)
  })

  test("not those that were conditioned away: their values are constants", () => {
    const given = condition(topics.effect, { means: Tensor.of([3], tf.tensor1d([0, 1, 2])) })
    const { sites } = shapes(given)
    expect(sites.find(({ name }) => name === "word")?.parents).toEqual(["shift", "topic"])
    expect(sites.find(({ name }) => name === "means")?.kind).toBe("observed")
  })
})

describe("shapes", () => {
  test("prints a line for each site", () => {
    expect(`${shapes(schools, three)}`.split("\n")).toEqual([
      "site   kind           plates       shape  distribution  support",
      "mu     latent         –            []     Normal        real",
      "tau    latent         –            []     HalfNormal    positive",
      "eta    latent         schools (3)  []     Normal        real",
      "theta  deterministic  schools (3)  []     –             –",
      "y      observed       schools (3)  []     Normal        real"
    ])
    expect(`${shapes(topics)}`).toContain("topic    summed out  documents, words  []     Categorical")
    expect(`${shapes(topics)}`).toContain("means    latent      –                 [3]    Normal")
  })

  test("fails in words where the fields of rows are missing, and where a program breaks its rules", () => {
    const asked = shapes as (program: unknown, inputs?: unknown) => unknown
    expect(() => asked(schools, { schools: {} })).toThrow(DataFormat)
    expect(() => asked(schools)).toThrow(DataFormat)
    expect(() => asked(schools)).toThrow("data.schools.sigma")
    const twice = program(function* () {
      yield* sample("a", Normal(yield* sample("a", Normal(0, 1)), 1))
    })
    expect(() => shapes(twice)).toThrow(DuplicateSite)
  })
})

const overlaps = (a: Box, b: Box): boolean =>
  Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 1e-6 && Math.abs(a.y - b.y) < (a.height + b.height) / 2 - 1e-6
const holds = (outer: Box, inner: Box): boolean =>
  Math.abs(outer.x - inner.x) <= (outer.width - inner.width) / 2 + 1e-6 &&
  Math.abs(outer.y - inner.y) <= (outer.height - inner.height) / 2 + 1e-6

describe("the layout of any graph", () => {
  const graphs = fc
    .record({
      plates: fc.array(fc.constantFrom<ReadonlyArray<string>>([], ["p"], ["p", "q"], ["p", "r"], ["s"]), {
        minLength: 1,
        maxLength: 12
      }),
      picks: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 })
    })
    .map(({ plates, picks }) => {
      // a plate is entered once: its sites stand together
      const inOrder = plates.toSorted((a, b) => (a.join() < b.join() ? -1 : a.join() > b.join() ? 1 : 0))
      const nodes = inOrder.map((each, i) => ({ name: `n${i}`, plates: each, width: 40 + 13 * i, height: 50 }))
      const edges = picks.flatMap(([a, b]) => (a < b && b < nodes.length ? [[`n${a}`, `n${b}`] as const] : []))
      return { nodes, edges: [...new Map(edges.map((edge) => [edge.join(), edge])).values()] }
    })

  test("has no two nodes on each other, plates that hold their nodes and no others, and edges that lead down", () => {
    fc.assert(
      fc.property(graphs, ({ nodes, edges }) => {
        const placed = layout(nodes, edges, (label) => 8 * label.length)
        const boxes = nodes.map(({ name }) => placed.nodes.get(name)).filter((box) => box !== undefined)
        expect(boxes).toHaveLength(nodes.length)
        boxes.forEach((a, i) => {
          for (const b of boxes.slice(i + 1)) expect(overlaps(a, b)).toBe(false)
        })
        const picture = { x: placed.width / 2, y: placed.height / 2, width: placed.width, height: placed.height }
        for (const box of [...boxes, ...placed.plates]) expect(holds(picture, box)).toBe(true)
        expect(placed.plates).toHaveLength(new Set(nodes.flatMap(({ plates }) => plates)).size)
        for (const box of placed.plates)
          nodes.forEach(({ name, plates }) => {
            const node = placed.nodes.get(name)
            if (node === undefined) return
            if (plates.includes(box.label)) expect(holds(box, node)).toBe(true)
            else expect(overlaps(box, node)).toBe(false)
          })
        for (const { from, to, way } of placed.edges) {
          expect(way.every((point, i) => i === 0 || point.y > (way[i - 1]?.y ?? 0))).toBe(true)
          // what stands between is passed beside, where an edge passes its middle
          for (const point of way.slice(1, -1))
            nodes.forEach(({ name }) => {
              const node = placed.nodes.get(name)
              if (name !== from && name !== to && node !== undefined)
                expect(overlaps(node, { ...point, width: 0, height: 0 })).toBe(false)
            })
        }
      }),
      { seed: 7, numRuns: 150 }
    )
  })
})

describe("a picture of a program", () => {
  const picture = render(topics)

  test("has each site once, as its kind is drawn, and each plate", () => {
    for (const [site, kind] of [
      ["weights", "latent"],
      ["penalty", "factor"],
      ["topic", "enumerated"],
      ["word", "observed"]
    ])
      expect(picture.svg.split(`data-site="${site}" data-kind="${kind}"`)).toHaveLength(2)
    expect(picture.svg.match(/data-plate="/g)).toHaveLength(2)
    expect(picture.svg.match(/marker-end/g)).toHaveLength(5)
    expect(render(schools, three).svg).toContain('data-plate="schools (3)"')
    expect(render(schools, three).svg).toContain('stroke-dasharray="5 3"')
  })

  test("stands in docs/posterior.md", async () => {
    const sigma = Dataset.of([15, 10, 16, 11, 9, 11, 10, 18], [])
    const path = new URL("../../../docs/images/schools.svg", import.meta.url).pathname
    await expect(`${render(schools, { schools: { sigma } })}\n`).toMatchFileSnapshot(path)
  })

  test("is an SVG that a renderer reads, with ink in it, and of names that are no markup", () => {
    const odd = render(
      program(function* () {
        const a = yield* sample('<b> & "c"', Normal(0, 1))
        yield* plate("<p>", () => observe("y", Normal(a, 1)))
      })
    )
    for (const { svg } of [picture, odd]) {
      const { pixels, width, height } = new Resvg(svg, { font: { loadSystemFonts: false } }).render()
      expect(width * height).toBeGreaterThan(5000)
      const dark = pixels.filter((value, i) => i % 4 === 0 && value < 100).length
      expect(dark).toBeGreaterThan(300)
    }
    expect(odd.svg).toContain("&lt;b&gt; &amp; &quot;c&quot;")
  })

  test("shows itself in a notebook, and is its file as text", () => {
    const show: unknown = Reflect.get(picture, Symbol.for("Jupyter.display"))
    if (typeof show !== "function") throw new Error("it does not show itself")
    expect(show.call(picture)).toMatchObject({ "image/svg+xml": picture.svg })
    expect(`${picture}`).toBe(picture.svg)
  })
})

test.each([7, "rows", null, [1], true, Tensor.of([], tf.scalar(1))])(
  "inputs that are no record are refused: %s",
  (inputs) => {
    const one = program(sample("z", Normal(0, 1)))
    for (const look of [() => render(one, inputs as never), () => shapes(one, inputs as never)]) {
      expect(look).toThrow(DataFormat)
      expect(look).toThrow(/inputs: it is .*Give a record/)
    }
  }
)
