// Plates in plates: the data of each stand side by side, a guide record follows the nesting.
import { Effect } from "effect"
import {
  type Dataset,
  dot,
  HalfNormal,
  LogNormal,
  Normal,
  observe,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"

declare const vectors: Dataset<readonly [3], "real">
declare const scalars: Dataset<readonly [], "real">

const crossed = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    yield* plate("people", (person: { a: Tensor<[3]> }) =>
      plate("tasks", (task: { b: Tensor<[]> }) => observe("y", Normal(dot(person.a, w), task.b)))
    )
  })
)
export const fitCrossed = crossed
  .guide(() => ({ w: Normal(0, 1).iid(3) }))
  .fit({ people: { a: vectors }, tasks: { b: scalars, y: scalars } })

const nested = program(
  plate("people", (person: { a: Tensor<[]> }) =>
    Effect.gen(function* () {
      yield* sample("skill", Normal(person.a, 1))
      yield* plate("tasks", (task: { b: Tensor<[]> }) =>
        Effect.gen(function* () {
          const effort = yield* sample("effort", HalfNormal(1))
          yield* observe("y", Normal(task.b, effort))
        })
      )
    })
  )
)
export const fitNested = nested
  .guide(() => ({
    people: (person) => ({
      skill: Normal(person.a, 1),
      tasks: (task) => ({ effort: LogNormal(task.y, 1) })
    })
  }))
  .fit({ people: { a: scalars }, tasks: { b: scalars, y: scalars } })
