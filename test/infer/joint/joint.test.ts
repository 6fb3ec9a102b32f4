import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { noiseName } from "../../../src/engine/Engine.ts"
import { runGraph } from "../../../src/engine/runGraph.ts"
import { showJoint } from "../../../src/infer/joint/Joint.ts"
import type { DataShapes } from "../../../src/infer/joint/recordedWorld.ts"
import { recordJoint } from "../../../src/infer/joint/recordJoint.ts"
import type { AnyProgram, Interpreted } from "../../../src/model/Guided.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { Tensor, typed } from "../../../src/tensor/Tensor.ts"

type Scalar = Tensor<readonly []>

const hierarchy: AnyProgram = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  yield* plate("rows", (row: { readonly x: Scalar }) =>
    Effect.gen(function* () {
      const z = yield* sample("z", Normal(Tensor.of([], tf.add(mu, row.x)), 1))
      yield* observe("y", Normal(z, 0.5))
      yield* observe("w", Normal(z, 2), row.x)
    })
  )
})
const guide: Interpreted["guide"] = {
  kind: "record",
  make: () => ({
    mu: Normal(param("m", 1), param.positive("s", 2)),
    rows: (row) => ({ z: Normal(row["y"] as Scalar, param.row.positive("t", 1)) })
  })
}
const shapes: DataShapes = { globals: {}, plates: { rows: { x: [], y: [] } } }
const options = { scored: new Set<string>(), enumerated: new Set<string>() }

describe("a joint is what running a program once says", () => {
  const { joint } = recordJoint({ model: hierarchy, guide }, shapes, options)

  test("sites, factors, axes and parameters are plain values, which print", () => {
    expect(joint.sites.map(({ kind, name, plates }) => `${kind} ${name} in [${plates.join()}]`)).toEqual([
      "latent mu in []",
      "latent z in [rows]",
      "observed y in [rows]",
      "observed w in [rows]"
    ])
    expect(joint.factors.map(({ site, role, axes }) => `${role} of ${site} along [${axes.join()}]`)).toEqual([
      "prior of mu along []",
      "guide of mu along []",
      "prior of z along [plate:rows]",
      "guide of z along [plate:rows]",
      "likelihood of y along [plate:rows]",
      "likelihood of w along [plate:rows]"
    ])
    expect(joint.axes.map(({ name, kind, sites }) => [name, kind, [...sites]])).toEqual([
      ["plate:rows", "plate", ["z"]],
      ["particle", "particle", ["mu", "z"]]
    ])
    expect(joint.parameters.map(({ name, support, plate }) => [name, support, plate])).toEqual([
      ["m", "real", undefined],
      ["s", "positive", undefined],
      ["t", "positive", "rows"]
    ])
    expect(showJoint(joint)).toContain("factor likelihood of w = %")
    expect(showJoint(joint)).toContain('parameter t [] for each row of "rows"')
  })

  test("data that no site observes are not asked for where the program gives the value", () => {
    expect(joint.sites.map((site) => (site.kind === "observed" ? site.input : undefined))).toEqual([
      undefined,
      undefined,
      "data:rows/y",
      undefined
    ])
  })

  test("each factor is one log density of one datum and one particle", async () => {
    await tf.setBackend("cpu")
    const given = { "param:m": 1, "param:s": Math.log(2), "param:t": 0, "data:rows/x": 0.5, "data:rows/y": -0.25 }
    const noise = { mu: 0.3, z: -1.2 }
    const leaves = {
      ...given,
      ...Object.fromEntries(Object.entries(noise).map(([site, value]) => [noiseName(site, "normal"), value]))
    }
    const values = tf.tidy(() => {
      const tensors = Object.fromEntries(Object.entries(leaves).map(([name, value]) => [name, tf.scalar(value)]))
      const outputs = Object.fromEntries(joint.factors.map(({ node }, i) => [`${i}`, node]))
      const results = runGraph({ ...joint.graph, outputs }, tensors)
      return joint.factors.map((_, i) => results[`${i}`]?.dataSync()[0] ?? Number.NaN)
    })
    const normal = (x: number, loc: number, scale: number): number =>
      -0.5 * ((x - loc) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
    const [mu, z] = [1 + 2 * 0.3, -0.25 - 1.2]
    const expected = [
      normal(mu, 0, 5),
      normal(mu, 1, 2),
      normal(z, mu + 0.5, 1),
      normal(z, -0.25, 1),
      normal(-0.25, z, 0.5),
      normal(0.5, z, 2)
    ]
    for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 5)
  })
})

describe("latent values come from a guide, from the prior, or are given", () => {
  test("from the prior alone: each is drawn from it, and its guide is the prior", () => {
    const { joint } = recordJoint({ model: hierarchy, guide: { kind: "prior" } }, shapes, options)
    expect(joint.factors.filter(({ role }) => role === "guide")).toHaveLength(2)
    expect(joint.parameters).toEqual([])
  })

  test("given values are scored and have no guide", () => {
    const values = () => typed<readonly []>(tf.scalar(0.5))
    const { joint } = recordJoint({ model: hierarchy, guide: { kind: "given", values } }, shapes, options)
    expect(joint.factors.map(({ role }) => role)).toEqual(["prior", "prior", "likelihood", "likelihood"])
  })

  test("a scale stands in the factor, and a mask in the distribution", () => {
    const model = sample("p", HalfNormal(1))
    const { joint } = recordJoint({ model, guide: { kind: "prior" } }, { globals: {}, plates: {} }, options)
    expect(joint.factors.map(({ scale }) => scale)).toEqual([undefined, undefined])
  })
})
