import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Joint } from "../../../src/infer/joint/Joint.ts"
import { recordJoint } from "../../../src/infer/joint/recordJoint.ts"
import { elbo } from "../../../src/infer/objective/elbo.ts"
import { decide } from "../../../src/infer/plan/decide.ts"
import type { AnyProgram } from "../../../src/model/Guided.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import type { Node } from "../../../src/trace/Graph.ts"

/** n sites that all meet in one likelihood; or a chain in model and guide, so that each draw influences all later ones. */
const programs = {
  star: (n: number): AnyProgram =>
    Effect.gen(function* () {
      let sum: tf.Tensor = tf.scalar(0)
      for (let i = 0; i < n; i++) sum = tf.add(sum, yield* sample(`z${i}`, Normal(0, 1)))
      yield* observe("y", Normal(Tensor.of([], sum), 1))
    }),
  chain: (n: number): AnyProgram =>
    Effect.gen(function* () {
      let last = yield* sample("z0", Normal(0, 1))
      for (let i = 1; i < n; i++) last = yield* sample(`z${i}`, Normal(last, 1))
      yield* observe("y", Normal(last, 1))
    }),
  /** a third of the sites in each of three plates, one inside of the other, each site drawn around one of the plate outside */
  nested: (n: number): AnyProgram =>
    Effect.gen(function* () {
      yield* third(n, "a", (a) => third(n, "b", (b) => third(n, "c", (c) => observe("y", Normal(c[0] ?? 0, 1)), b), a))
    })
}

type Inner = (here: ReadonlyArray<Tensor<readonly []>>) => Effect.Effect<unknown, never, unknown>
/** A plate with n/3 sites, around those given, and what stands inside of it. */
const third = (n: number, name: string, inner: Inner, around: ReadonlyArray<Tensor<readonly []>> = []) =>
  plate(name, () =>
    Effect.gen(function* () {
      const here: Array<Tensor<readonly []>> = []
      for (let i = 0; i < n / 3; i++) here.push(yield* sample(`${name}${i}`, Normal(around[i] ?? 0, 1)))
      yield* inner(here) as Effect.Effect<unknown, never, never>
    })
  ) as Effect.Effect<unknown, never, never>

const guideOf = (n: number, kind: keyof typeof programs): AnyProgram => {
  const chained = kind === "chain"
  if (kind === "nested") return third(n, "a", () => third(n, "b", () => third(n, "c", () => Effect.void)))
  return Effect.gen(function* () {
    let last = yield* sample("z0", Normal(0, 1))
    for (let i = 1; i < n; i++) last = yield* sample(`z${i}`, Normal(chained ? last : 0, 1))
  })
}

/** How often a plan reads a node of the graph. */
const visits = (kind: keyof typeof programs, n: number): number => {
  const { joint } = recordJoint(
    { model: programs[kind](n), guide: { kind: "program", make: () => guideOf(n, kind) } },
    kind === "nested" ? { globals: {}, plates: { a: {}, b: {}, c: { y: [] } } } : { globals: { y: [] }, plates: {} },
    { scored: new Set(), enumerated: new Set() }
  )
  let count = 0
  const nodes: ReadonlyArray<Node> = new Proxy([...joint.graph.nodes], {
    get: (target, key, receiver) => {
      if (typeof key === "string" && /^\d+$/.test(key)) count++
      return Reflect.get(target, key, receiver)
    }
  })
  const counted: Joint = { ...joint, graph: { ...joint.graph, nodes } }
  decide(counted, { objective: elbo, per: "total", particles: 1, estimators: {} })
  return count
}

describe("a plan reads each node a fixed number of times, however many sites there are", () => {
  test.each(["star", "chain"] as const)("in a %s of 125, 250, 500 and 1000 sites", (kind) => {
    const [small = 0, ...larger] = [125, 250, 500, 1000].map((n) => visits(kind, n))
    expect(small).toBeGreaterThan(1000)
    for (const [i, count] of larger.entries()) {
      const times = 2 ** (i + 1)
      expect(count / small).toBeGreaterThan(0.9 * times)
      expect(count / small).toBeLessThan(1.1 * times)
    }
  })

  test("in three plates, one inside of the other, of 150 and 300 sites", () => {
    const [some, twice] = [visits("nested", 150), visits("nested", 300)]
    expect(some).toBeGreaterThan(1500)
    expect(twice / some).toBeGreaterThan(1.8)
    expect(twice / some).toBeLessThan(2.2)
  })
})
