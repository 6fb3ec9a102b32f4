import { expect, test } from "vitest"
import { rowOrders } from "../../../src/infer/run/rowOrder.ts"
import * as random from "../../../src/tensor/random.ts"

const rows = 3 * 2 ** 18 + 5
const keyOf = (step: number): random.Key => ({ seed: 8, owner: "library", site: "rows of many", step, lane: 0 })
const orderOf = (rows: number, batch: number) => {
  const [order] = rowOrders(8, [{ plate: "many", rows, batch, shuffle: true }])
  if (order === undefined) throw new Error("a plan of one plate has one order")
  return order
}

test("a permutation in pieces is the one that is made in one go", () => {
  const pieces = random.permutationInPieces(rows, keyOf(2), 2 ** 18)
  let turns = 0
  let next = pieces.next()
  for (; next.done !== true; next = pieces.next()) turns++
  expect(turns).toBe(4)
  expect(next.value).toEqual(random.permutation(rows, keyOf(2)))
})

test("the orders of a call that ends in the next epoch are made before it, in pieces", () => {
  const order = orderOf(rows, 1000)
  const perEpoch = Math.ceil(rows / 1000)
  expect([...order.ahead(3 * perEpoch - 2, 4)]).toHaveLength(8)
  expect([...order.ahead(3 * perEpoch - 1, 4)]).toHaveLength(0)
  const [second, third] = [random.permutation(rows, keyOf(2)), random.permutation(rows, keyOf(3))]
  const places = [0, 1, 2 ** 18, rows - 1]
  expect(places.map((i) => order.row(2, i))).toEqual(places.map((i) => second[i]))
  expect(places.map((i) => order.row(3, i))).toEqual(places.map((i) => third[i]))
  // and back, as where a call is run again to find the step that broke
  expect(order.row(2, 7)).toBe(second[7])
})

test("nothing is made ahead for few rows, whose order is the same", () => {
  const order = orderOf(50, 10)
  expect([...order.ahead(0, 5)]).toHaveLength(0)
  const right = random.permutation(50, keyOf(1))
  expect(Array.from(right, (_, i) => order.row(1, i))).toEqual([...right])
})

test("rows that are not shuffled come in order", () => {
  const [order] = rowOrders(8, [{ plate: "many", rows, batch: 3, shuffle: false }])
  expect([order?.row(4, 11), ...(order?.ahead(0, 1) ?? [])]).toEqual([11])
})
