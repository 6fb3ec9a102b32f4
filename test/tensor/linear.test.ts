import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { ShapeMismatch } from "../../src/Errors.ts"
import { prepare } from "../../src/engine/backend.ts"
import { rules } from "../../src/engine/onnx/rules.ts"
import { cholesky, logDetFromCholesky } from "../../src/tensor/linear/cholesky.ts"
import { linear } from "../../src/tensor/linear/index.ts"
import { timesMatrix, timesVector } from "../../src/tensor/linear/matrices.ts"
import { solveTriangular, solveTriangularVector } from "../../src/tensor/linear/solveTriangular.ts"
import { special } from "../../src/tensor/special/index.ts"
import { differentiate } from "../../src/trace/differentiate.ts"
import { type Graph, isLeaf } from "../../src/trace/Graph.ts"
import { simplify } from "../../src/trace/passes/index.ts"
import { record } from "../../src/trace/record.ts"
import { engines } from "../engine/engines.ts"
import { nothing, pure, runOnce } from "../engine/harness.ts"
import { compute, useCpu } from "../support/onCpu.ts"

useCpu()
beforeAll(() => Effect.runPromise(Effect.all([prepare("cpu"), prepare("wasm")])))

/** float32: half a unit in the last place. */
const eps = 2 ** -24

type Numbers = ReadonlyArray<number>
interface Factor {
  readonly n: number
  readonly matrix: Numbers
  readonly weights: Numbers
  readonly value: Numbers
  readonly gradient: Numbers
  readonly logDet: number
  readonly condition: number
}
interface Solution {
  readonly n: number
  readonly k: number
  readonly lower: boolean
  readonly transposed: boolean
  readonly triangle: Numbers
  readonly right: Numbers
  readonly weights: Numbers
  readonly value: Numbers
  readonly gradients: readonly [Numbers, Numbers]
  readonly condition: number
}

/** What NumPy and SciPy give in float64: scripts/fixtures/linear-fixture.py. */
const fixture: { readonly cholesky: ReadonlyArray<Factor>; readonly solve: ReadonlyArray<Solution> } = JSON.parse(
  readFileSync(new URL("../fixtures/linear.json", import.meta.url), "utf8")
)

/** Errors of matrices are relative to the largest entry, as are the bounds of their theory. */
const near = (found: ArrayLike<number> | undefined, expected: Numbers, roundings: number, what: string): void => {
  const size = Math.max(...expected.map(Math.abs))
  expect(found?.length, what).toBe(expected.length)
  const worst = Math.max(...expected.map((x, i) => Math.abs((found?.[i] ?? Number.NaN) - x)))
  expect(worst / size / eps, `${what}: ${Array.from(found ?? [])}, not ${expected}`).toBeLessThanOrEqual(roundings)
}

const factorGraph = (n: number): Graph => {
  const value = record((recorder) => {
    const factor = cholesky(recorder.input("matrix", [n, n]))
    const loss = tf.sum(tf.mul(factor, recorder.input("weights", [n, n])))
    return { factor, loss, logDet: logDetFromCholesky(factor) }
  })
  return simplify(differentiate(value, "loss", ["matrix"]))
}

const solutionGraph = ({ n, k, lower, transposed }: Solution): Graph => {
  const value = record((recorder) => {
    const solution = solveTriangular(recorder.input("triangle", [n, n]), recorder.input("right", [n, k]), {
      lower,
      transposed
    })
    return { solution, loss: tf.sum(tf.mul(solution, recorder.input("weights", [n, k]))) }
  })
  return simplify(differentiate(value, "loss", ["triangle", "right"]))
}

describe.each(engines)("on %s", (_, engine) => {
  it("Cholesky factors, their gradients and determinants are NumPy's", async () => {
    for (const { n, matrix, weights, value, gradient, logDet, condition } of fixture.cholesky) {
      const feeds = { matrix: Float32Array.from(matrix), weights: Float32Array.from(weights) }
      const found = await runOnce(engine, pure(factorGraph(n)), nothing, 1, feeds)
      const what = `n = ${n}, condition ${condition}`
      // a factor moves by up to half the condition for one rounding of the matrix (Sun, BIT 31, 1991), its gradient once more
      near(found["factor"], value, n * (4 + condition), `factor at ${what}`)
      near(found["grad:matrix"], gradient, 4 * n * (8 + condition), `gradient at ${what}`)
      const size = 1 + Math.abs(logDet) + condition
      expect(Math.abs((found["logDet"]?.[0] ?? Number.NaN) - logDet), what).toBeLessThanOrEqual(4 * n * eps * size)
    }
  })

  it("solutions with lower and upper triangles, transposed or not, and their gradients are SciPy's", async () => {
    for (const each of fixture.solve) {
      const { n, k, lower, transposed, triangle, right, weights, value, gradients, condition } = each
      const feeds = {
        triangle: Float32Array.from(triangle),
        right: Float32Array.from(right),
        weights: Float32Array.from(weights)
      }
      const found = await runOnce(engine, pure(solutionGraph(each)), nothing, 1, feeds)
      const what = JSON.stringify({ n, k, lower, transposed, condition })
      near(found["solution"], value, n * (4 + condition), `solution at ${what}`)
      near(found["grad:triangle"], gradients[0], 2 * n * (8 + condition), `gradient by the triangle at ${what}`)
      near(found["grad:right"], gradients[1], 2 * n * (8 + condition), `gradient by the right side at ${what}`)
    }
  })
})

describe("a stack of matrices", () => {
  const matrices = [
    [4, 2, 2, 5],
    [1, 0.5, 0.5, 2],
    [9, -3, -3, 2]
  ]
  const stack = (): tf.Tensor => tf.tensor(matrices.flat(), [3, 2, 2])

  it("has the factors of its matrices", () => {
    const alone = matrices.flatMap((each) => [...compute(() => cholesky(tf.tensor(each, [2, 2]))).values])
    expect([...compute(() => cholesky(stack())).values]).toEqual(alone)
  })

  it("is solved with one right side, or with one for each, or with several for all", () => {
    const triangles = (): tf.Tensor => cholesky(stack())
    const rights = [
      [1, 2],
      [3, -1],
      [0, 5]
    ]
    const vectors = (): tf.Tensor => tf.tensor(rights)
    const one = (i: number, right: ReadonlyArray<number>): ReadonlyArray<number> => [
      ...compute(() => solveTriangularVector(tf.gather(triangles(), i), tf.tensor1d([...right]))).values
    ]
    const each = compute(() => solveTriangularVector(triangles(), vectors()))
    expect([...each.values]).toEqual(rights.flatMap((right, i) => one(i, right)))
    const all = compute(() => solveTriangularVector(triangles(), tf.reshape(vectors(), [3, 1, 2])))
    expect(all.shape).toEqual([3, 3, 2])
    expect([...all.values]).toEqual(rights.flatMap((right) => [0, 1, 2].flatMap((i) => one(i, right))))
  })

  it("is multiplied with vectors and matrices whose leading dimensions broadcast", () => {
    const vectors = (): tf.Tensor => tf.tensor([1, 2, 3, -1, 0, 5, 1, 1, 2, 2, 3, 3], [2, 3, 2])
    const product = compute(() => timesVector(stack(), vectors()))
    const columns = compute(() => timesMatrix(stack(), tf.reshape(vectors(), [2, 3, 2, 1])))
    const alone = compute(() => timesVector(tf.tensor(matrices[1] ?? [], [2, 2]), vectors()))
    expect(product.shape).toEqual([2, 3, 2])
    expect([...product.values]).toEqual([8, 12, 2.5, -0.5, -15, 10, 6, 7, 3, 5, 18, -3])
    expect([...columns.values]).toEqual([...product.values])
    expect([...alone.values].slice(2, 4)).toEqual([2.5, -0.5])
  })
})

describe("a Cholesky factor", () => {
  it("is that of the symmetric part of a matrix, and NaN where that is not positive definite", () => {
    expect([
      ...compute(() =>
        cholesky(
          tf.tensor2d([
            [4, 4],
            [0, 5]
          ])
        )
      ).values
    ]).toEqual([2, 0, 1, 2])
    expect(
      [
        ...compute(() =>
          cholesky(
            tf.tensor2d([
              [1, 2],
              [2, 1]
            ])
          )
        ).values
      ].some(Number.isNaN)
    ).toBe(true)
  })
})

describe("solving with a triangle", () => {
  it("reads nothing on the other side of the diagonal, and gives it no gradient", () => {
    const gradient = compute(() =>
      tf.grad((triangle) => tf.sum(solveTriangular(triangle, tf.ones([2, 1]))))(
        tf.tensor2d([
          [2, 7],
          [1, 4]
        ])
      )
    )
    // x = (1/2, (1 − 1/2)/4): ∂(x₁ + x₂)/∂T, by hand
    const expected = [-(1 - 1 / 4) / 4, 0, -1 / 8, -1 / 32]
    gradient.values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6)
    })
  })

  it("refuses matrices that are not square and right sides of another height", () => {
    tf.tidy(() => {
      expect(() => cholesky(tf.ones([2, 3]))).toThrow(ShapeMismatch)
      expect(() => cholesky(tf.ones([3]))).toThrow(ShapeMismatch)
      expect(() => logDetFromCholesky(tf.ones([2, 3]))).toThrow(ShapeMismatch)
      expect(() => solveTriangular(tf.ones([2, 3]), tf.ones([2, 1]))).toThrow(ShapeMismatch)
      expect(() => solveTriangular(tf.eye(2), tf.ones([3, 1]))).toThrow("expected shape [2, 1], got [3, 1]")
    })
  })
})

describe("a function of matrices in a program", () => {
  const ops = (graph: Graph): number => simplify(graph).nodes.filter((node) => !isLeaf(node)).length

  it("is one node, and for an engine as many ops as its description says", () => {
    const factor = (n: number): Graph => record((recorder) => ({ y: cholesky(recorder.input("x", [n, n])) }))
    const solution = (n: number, transposed: boolean): Graph =>
      record((recorder) => ({
        y: solveTriangular(recorder.input("x", [n, n]), recorder.input("b", [n, 1]), { transposed })
      }))
    expect(factor(5).nodes.map(({ kernel }) => kernel)).toEqual(["Input", "Cholesky"])
    expect(solution(5, true).nodes.map(({ kernel }) => kernel)).toEqual(["Input", "Input", "SolveTriangular"])
    expect([2, 5, 20].map((n) => ops(factor(n)))).toEqual([16, 37, 142])
    expect([2, 5, 20].map((n) => ops(solution(n, false)))).toEqual([11, 23, 83])
    expect([2, 5, 20].map((n) => ops(solution(n, true)))).toEqual([12, 24, 84])
  })

  it("is written as ops that engines know once the graph is simplified, its gradient too", () => {
    const { nodes } = factorGraph(4)
    expect(nodes.filter((node) => !isLeaf(node) && rules[node.kernel] === undefined)).toEqual([])
    expect(nodes.filter(({ kernel }) => linear[kernel] !== undefined || special[kernel] !== undefined)).toEqual([])
  })

  it("has a name that tfjs does not have", () => {
    const names = new Set(tf.getKernelsForBackend("webgl").map(({ kernelName }) => kernelName))
    expect(Object.keys(linear).filter((name) => names.has(name) || special[name] !== undefined)).toEqual([])
  })
})
