import { Effect } from "effect"
import { Data, Engine } from "../../../src/index.ts"
import { train } from "../../engine/smallVae.ts"

/** What the tests ask of the page. */
const page = {
  train: () => train(Engine.auto),
  /** what reading a file fails with */
  read: () => Effect.runPromise(Effect.map(Effect.flip(Data.idx("images")), (error) => error.message))
}
export type Page = typeof page

Object.assign(globalThis, page)
