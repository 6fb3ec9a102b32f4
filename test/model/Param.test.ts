import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DuplicateSite, GuideMismatch } from "../../src/Errors.ts"
import { paramsFrom } from "../../src/infer/joint/recordedWorld.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import type { Activation } from "../../src/model/net/activation.ts"
import { Net } from "../../src/model/net/index.ts"
import { type Init, param, withParams } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, onnx, relativeDistance, run } from "../infer/harness.ts"
import { freesTensors } from "../support/freesTensors.ts"

freesTensors()

const valueOf = (init: Init, shape: ReadonlyArray<number>): tf.Tensor =>
  init.kind === "values"
    ? tf.tensor([...init.values], [...shape])
    : tf.fill([...shape], init.kind === "constant" ? init.value : init.bound)
const store = () => paramsFrom(({ init, shape }) => valueOf(init, shape))
const numbers = (x: tf.Tensor): Array<number> => Array.from(x.dataSync())

describe("param", () => {
  test("begins at 0 or at the number that is given, with the shape that is given", () => {
    const { store: params, parameters } = store()
    withParams(params, () => {
      expect(numbers(param("w", [3]))).toEqual([0, 0, 0])
      expect(numbers(param("v", [2], 1.5))).toEqual([1.5, 1.5])
      expect(param("b", 0.5).shape).toEqual([])
      expect(numbers(param("b", 0.5))).toEqual([0.5])
    })
    expect(parameters).toEqual([
      { name: "w", shape: [3], init: { kind: "constant", value: 0 }, support: "real", plate: undefined },
      { name: "v", shape: [2], init: { kind: "constant", value: 1.5 }, support: "real", plate: undefined },
      { name: "b", shape: [], init: { kind: "constant", value: 0.5 }, support: "real", plate: undefined }
    ])
  })

  test("begins at numbers of its own where they are given, as many as it has", () => {
    const { store: params } = store()
    withParams(params, () => {
      expect(numbers(param("units", [3], [1, -2, 0.5]))).toEqual([1, -2, 0.5])
      expect(numbers(param("matrix", [2, 2], [1, 2, 3, 4]))).toEqual([1, 2, 3, 4])
      const scales = numbers(param.positive("scales", [2], [0.5, 3]))
      expect(scales[0]).toBeCloseTo(0.5, 6)
      expect(scales[1]).toBeCloseTo(3, 6)
      expect(() => param("tensor", tf.zeros([3]) as never)).toThrow(
        "is a tensor of float32 and of shape [3]; expected a shape"
      )
      expect(() => param("few", [3], [1, 2])).toThrow("few")
      expect(() => param("few", [3], [1, 2])).toThrow("3 finite first values")
      expect(() => param("nan", [2], [1, Number.NaN])).toThrow("2 finite first values")
      expect(() => param.positive("below", [2], [1, -1])).toThrow("first values that are")
    })
  })

  test("a fit begins at them, in each row of a plate too", async () => {
    const pairs = program(function* () {
      const w = yield* sample("w", Normal(0, 1).iid(2))
      yield* plate("rows", function* () {
        const z = yield* sample("z", Normal(0, 1).iid(2))
        yield* observe("y", Normal(dot(w, z), 1))
      })
    }).guide(() => ({
      w: Normal(param("w.loc", [2], [3, -1]), 1),
      rows: () => ({ z: Normal(param.row("z.loc", [2], [0.25, 0.75]), param.row.positive("z.scale", [2], [1, 2])) })
    }))
    const data = { rows: { y: Dataset.of([1, 2], []) } }
    const options = { epochs: 1, progress: false, optimizer: Optimizer.sgd(0) } as const
    for (const engine of [cpu, onnx]) {
      const fitted = await run(pairs.fit(data, options), engine)
      expect([...fitted.parameter("w.loc")]).toEqual([3, -1])
      expect([...fitted.parameter("z.loc")]).toEqual([0.25, 0.75, 0.25, 0.75])
      expect([...fitted.parameter("z.scale")].map((x) => Math.round(1e5 * x) / 1e5)).toEqual([1, 2, 1, 2])
    }
  })

  test("positive begins at 1 or at the number that is given, and trains the logarithm", () => {
    const { store: params, parameters } = store()
    withParams(params, () => {
      expect(numbers(param.positive("s", [2]))).toEqual([1, 1])
      expect(number(param.positive("t", 0.25))).toBeCloseTo(0.25, 6)
      expect(number(param.positive("u", [1], 3))).toBeCloseTo(3, 5)
    })
    expect(parameters.map(({ init }) => (init.kind === "constant" ? init.value : Number.NaN))).toEqual([
      0,
      Math.log(0.25),
      Math.log(3)
    ])
  })

  test("the same name is the same parameter, and another shape of it is refused", () => {
    const { store: params, parameters } = store()
    withParams(params, () => {
      expect(param("w", [2])).toBe(param("w", [2]))
      expect(() => param("w", [3])).toThrow(DuplicateSite)
      expect(() => param("w", 1)).toThrow("the parameter name 'w' is used twice")
    })
    expect(parameters).toHaveLength(1)
  })

  test("is refused outside of a program, with its name", () => {
    expect(() => param("w", 0)).toThrow(GuideMismatch)
    expect(() => param("w", 0)).toThrow("site 'w': parameters and nets are made while a program is recorded")
    expect(() => param.positive("s", [2])).toThrow("site 's'")
    expect(() => Net.mlp([1, 1])(Tensor.of([1], tf.zeros([1])))).toThrow(GuideMismatch)
  })

  test("the store is gone after a program, also after one that threw, and the one around it is back", () => {
    const [outer, inner] = [store(), store()]
    withParams(outer.store, () => {
      expect(() =>
        withParams(inner.store, () => {
          param("a", 0)
          throw new Error("broken")
        })
      ).toThrow("broken")
      param("b", 0)
    })
    expect([outer, inner].map(({ parameters }) => parameters.map(({ name }) => name))).toEqual([["b"], ["a"]])
    expect(() => param("c", 0)).toThrow(GuideMismatch)
  })
})

const number = (x: tf.Tensor): number => numbers(x)[0] ?? Number.NaN

describe("Net.mlp", () => {
  test.each([
    ["relu", (x: number) => Math.max(0, x)],
    ["tanh", Math.tanh],
    ["sigmoid", (x: number) => 1 / (1 + Math.exp(-x))],
    ["softplus", (x: number) => Math.log1p(Math.exp(x))],
    ["elu", (x: number) => (x > 0 ? x : Math.expm1(x))]
  ] as ReadonlyArray<readonly [Activation, (x: number) => number]>)(
    "is dense layers with %s between them and nothing at the end",
    (activation, f) => {
      const weights: Readonly<Record<string, ReadonlyArray<number>>> = {
        "net.0.weight": [0.5, -1, 2, 1, 0.25, -0.75],
        "net.0.bias": [0.1, -0.2, 0.3],
        "net.1.weight": [1, -2, 3],
        "net.1.bias": [-4]
      }
      const { store: params, parameters } = paramsFrom(({ name, shape }) =>
        tf.tensor([...(weights[name] ?? [])], [...shape])
      )
      const net = Net.mlp([2, 3, 1], { name: "net", activation })
      const x = [0.7, -1.1]
      const hidden = [0, 1, 2].map((j) =>
        f(
          0.7 * (weights["net.0.weight"]?.[j] ?? 0) -
            1.1 * (weights["net.0.weight"]?.[3 + j] ?? 0) +
            (weights["net.0.bias"]?.[j] ?? 0)
        )
      )
      const expected = hidden.reduce((sum, h, j) => sum + h * (weights["net.1.weight"]?.[j] ?? 0), -4)
      const y = withParams(params, () => net(Tensor.of([2], tf.tensor1d(x))))
      expect(y.shape).toEqual([1])
      expect(relativeDistance(numbers(y), [expected])).toBeLessThan(1e-5)
      expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([
        ["net.0.weight", [2, 3]],
        ["net.0.bias", [3]],
        ["net.1.weight", [3, 1]],
        ["net.1.bias", [1]]
      ])
    }
  )

  test("begins within ±1/√(fan-in)", () => {
    const { store: params, parameters } = store()
    withParams(params, () => Net.mlp([4, 25, 1])(Tensor.of([4], tf.zeros([4]))))
    expect(parameters.map(({ init }) => init)).toEqual(
      [0.5, 0.5, 0.2, 0.2].map((bound) => ({ kind: "uniform", bound }))
    )
  })

  test("the same net used twice shares its parameters, another one has its own", () => {
    const { store: params, parameters } = store()
    const [one, other] = [Net.mlp([1, 1]), Net.mlp([1, 1])]
    withParams(params, () => {
      const x = Tensor.of([1], tf.ones([1]))
      one(x)
      one(one(x))
      other(x)
    })
    expect(parameters.map(({ name }) => name)).toEqual(["mlp.0.weight", "mlp.0.bias", "mlp2.0.weight", "mlp2.0.bias"])
  })

  test("two nets of one name share their parameters, and must have the same sizes", () => {
    const { store: params, parameters } = store()
    withParams(params, () => {
      const x = Tensor.of([1], tf.ones([1]))
      Net.mlp([1, 2], { name: "shared" })(x)
      Net.mlp([1, 2], { name: "shared" })(x)
      expect(() => Net.mlp([1, 3], { name: "shared" })(x)).toThrow(DuplicateSite)
    })
    expect(parameters).toHaveLength(2)
  })
})

describe("the beginning of a fit", () => {
  const decoder = Net.mlp([1, 200, 1])
  const line = model(Normal(0, 1).iid(1), (z) => Normal(decoder(z), 1)).guide(() =>
    Normal(param("loc", [1], 0.5), param.positive("scale", [1], 2))
  )
  const at = (seed: number, source = cpu) =>
    run(line.fit(Dataset.of([1], [1]), { epochs: 1, optimizer: Optimizer.sgd(0), seed, progress: false }), source)

  test("is drawn uniformly between the bounds, anew for each parameter and seed, the same on every engine", async () => {
    const { parameters } = await at(1)
    expect(Object.keys(parameters)).toEqual([
      "loc",
      "scale",
      "mlp.0.weight",
      "mlp.0.bias",
      "mlp.1.weight",
      "mlp.1.bias"
    ])
    expect([...(parameters["loc"] ?? [])]).toEqual([0.5])
    expect(parameters["scale"]?.[0]).toBeCloseTo(2, 6)
    const [wide, bias, narrow] = ["mlp.0.weight", "mlp.0.bias", "mlp.1.weight"].map((name) =>
      Array.from(parameters[name] ?? [])
    )
    for (const [values, bound] of [
      [wide, 1],
      [bias, 1],
      [narrow, 1 / Math.sqrt(200)]
    ] as const) {
      const scaled = (values ?? []).map((x) => x / bound)
      expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1)
      expect(new Set(scaled).size).toBeGreaterThan(195)
      // uniform on [−1, 1]: mean 0 with standard error 1/√(3n), and variance 1/3 with relative error √(4/(5n))
      expect(Math.abs(scaled.reduce((sum, x) => sum + x, 0) / 200)).toBeLessThan(4 / Math.sqrt(3 * 200))
      expect(Math.abs((3 * scaled.reduce((sum, x) => sum + x * x, 0)) / 200 - 1)).toBeLessThan(
        4 * Math.sqrt(4 / (5 * 200))
      )
    }
    expect(wide).not.toEqual(bias)
    expect((await at(2)).parameters["mlp.0.weight"]).not.toEqual(parameters["mlp.0.weight"])
    expect((await at(1, onnx)).parameters).toEqual(parameters)
  })
})
