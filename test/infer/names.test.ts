import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { fill, Key, labelOf, normal, permutation } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>

/** Names that are somebody else's already: of JavaScript, of graphs and engines, of streams. */
const taken = [
  ..."constructor __proto__ toString hasOwnProperty valueOf prototype length values event".split(" "),
  ..."particle particles data loss value term term:z next:param:w param:w param: rows weights:rows indices:rows".split(
    " "
  ),
  ..."plate:rows noise:normal:z scalar:rate baseline:z grad:param:w measure:0 draw:0 result:x init:w rows%20of".split(
    " "
  ),
  ...[
    "",
    " ",
    "a/b",
    "a%2Fb",
    "a%b",
    "rows of rows",
    "rows of data",
    "binarize",
    "\0",
    "z\0",
    "a\nb",
    "ß",
    "点",
    "👍",
    "__metadata",
    "packed(a[1], b[])"
  ]
]
const name = fc.oneof(
  fc.constantFrom(...taken),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 6 })
)
const eight = fc.uniqueArray(name, { minLength: 8, maxLength: 8 })

const [xs, ys] = [
  [0.3, -1.2, 0.8],
  [1.1, 0.2, -0.4]
]

/** One program with every kind of name: a global and two local sites, an observed value inside and outside of a plate, a field, parameters, an estimator. */
const fitOf = async (names: ReadonlyArray<string>, source = cpu) => {
  const [w, z, k, y, g, x, rows, p] = names as [string, string, string, string, string, string, string, string]
  const body = Effect.gen(function* () {
    const weight = yield* sample(w, Normal(0, 1))
    yield* observe(g, Normal(weight, 1))
    yield* plate(rows, (row: Readonly<Record<string, Scalar>>) =>
      Effect.gen(function* () {
        const local = yield* sample(z, Normal(weight, 1))
        const coin = yield* sample(k, Bernoulli({ probs: 0.5 }))
        yield* observe(y, Normal(Tensor.of([], tf.addN([local, coin, row[x] as tf.Tensor])), 1))
      })
    )
  })
  const guided = (program(body as never) as unknown as ReturnType<typeof program>).guide((() => ({
    [w]: Normal(param(`${p}`, 0.2), param.positive(`${p}/`, 0.5)),
    [rows]: (row: Readonly<Record<string, Scalar>>) => ({
      [z]: Normal(Tensor.of([], tf.mul(param(`${p}.${z}`, 0.1), row[y] as tf.Tensor)), 0.7),
      [k]: Bernoulli({ logits: Tensor.of([], tf.mul(param.row(`${p}:`, 0.3), 1)) })
    })
  })) as never)
  const data = {
    [g]: Tensor.of([], tf.scalar(0.6)),
    [rows]: { [x]: Dataset.of(xs, []), [y]: Dataset.of(ys, []) }
  } as never
  const options = { epochs: 3, batchSize: 2, particles: 2, progress: false, estimators: { [w]: score } } as const
  const fitted = await run(guided.fit(data, options), source)
  const value = await run(fitted.elbo(data, { particles: 3 }), source)
  const draws = await run(fitted.posterior(data, 4), source)
  const globals = await run(fitted.sample(2), source)
  return { fitted, value, draws: draws as Record<string, unknown>, globals: globals as Record<string, unknown> }
}

describe("a site, a plate, a field and a parameter may be called anything", () => {
  test("what is fitted has the names that were given", async () => {
    await fc.assert(
      fc.asyncProperty(eight, async (names) => {
        const [w, z, k, , , , rows, p] = names as [string, string, string, string, string, string, string, string]
        const { fitted, value, draws, globals } = await fitOf(names)
        expect(new Set(Object.keys(fitted.parameters))).toEqual(new Set([p, `${p}/`, `${p}.${z}`, `${p}:`]))
        for (const values of Object.values(fitted.parameters)) expect(values.every(Number.isFinite)).toBe(true)
        expect(Number.isFinite(value)).toBe(true)
        expect(Object.keys(globals)).toEqual([w])
        expect(new Set(Object.keys(draws))).toEqual(new Set([w, rows]))
        const inner = Object.entries(draws).find(([own]) => own === rows)?.[1]
        expect(new Set(Object.keys(inner as object))).toEqual(new Set([z, k]))
      }),
      { seed: 5, numRuns: 25 }
    )
  })

  test("on a compiled engine, too", async () => {
    await fc.assert(
      fc.asyncProperty(eight, async (names) => {
        expect(Number.isFinite((await fitOf(names, onnx)).value)).toBe(true)
      }),
      { seed: 6, numRuns: 8 }
    )
  })
})

test("a site called as a carried value of an engine is drawn, and the parameter of that name stays", async () => {
  const site = "next:param:m"
  const odd = program(sample(site, Normal(0, 1)) as never) as unknown as ReturnType<typeof program>
  const guided = odd.guide((() => ({ [site]: Normal(param("m", 5), 0.001) })) as never)
  const fitted = await run(guided.fit({} as never, { epochs: 1, progress: false }), cpu)
  const draws = (await run(fitted.sample(700), cpu)) as Readonly<Record<string, Dataset>>
  const values = [...(draws[site]?.values ?? [])]
  expect(values).toHaveLength(700)
  // 700 rows take two steps: a parameter that a draw replaces would move between them
  expect(new Set(values).size).toBeGreaterThan(500)
  for (const value of values) expect(Math.abs(value - 5)).toBeLessThan(0.1)
})

describe("streams of random numbers", () => {
  const key = (site: string): Key => ({ seed: 3, site, step: 0, lane: 0 })

  test("of different sites and forks have different labels", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }), {
          selector: (path) => JSON.stringify(path),
          minLength: 2,
          maxLength: 2
        }),
        (paths) => {
          const labels = paths.map(([site = "", ...forks]) => labelOf(forks.reduce(Key.fork, key(site))))
          expect(labels[0]).not.toBe(labels[1])
        }
      ),
      {
        seed: 1,
        numRuns: 2000,
        examples: [
          [[["a/b"], ["a", "b"]]],
          [
            [
              ["a", "b/c"],
              ["a", "b", "c"]
            ]
          ],
          [[["a%2Fb"], ["a/b"]]]
        ]
      }
    )
  })

  test("of ordinary names are the ones that they were", () => {
    expect(labelOf(key("w.scale"))).toBe("w.scale")
    expect(labelOf(Key.fork(Key.fork(key("z"), "gamma"), "first"))).toBe("z/gamma/first")
    const values = new Float32Array(2)
    fill("normal", values, key("z"))
    // from the commit before labels were escaped
    expect([...values]).toEqual([-0.8237648606300354, -2.112839698791504])
    fill("normal", values, Key.fork(key("z"), "gamma"))
    expect([...values]).toEqual([-1.141096830368042, 0.05292209982872009])
  })

  test("of the library's own are no site's", () => {
    for (const own of ["rows of data", "init:w", "binarize"]) {
      expect(labelOf(key(own))).not.toBe(labelOf({ ...key(own), owner: "library" }))
      expect(labelOf({ ...key(own), owner: "library" })).toBe(own)
    }
    const order = (k: Key) => [...permutation(50, k)]
    expect(order(key("rows of data"))).not.toEqual(order({ ...key("rows of data"), owner: "library" }))
  })

  test("a site 'a/b' and the stream 'b' of a site 'a' have numbers of their own in one program", () => {
    const drawn = (k: Key) => tf.tidy(() => [...normal(k, [4]).dataSync()])
    expect(drawn(key("a/b"))).not.toEqual(drawn(Key.fork(key("a"), "b")))
  })
})
