import fc from "fast-check"
import { Delta } from "../../../src/dist/Delta.ts"
import { values } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

export const delta: Row<{ readonly value: number }> = {
  family: "Delta",
  make: ({ value }) => Delta(value),
  settings: fc.record({ value: number(-3, 3) }),
  domain: ({ value }) => values([value]),
  terms: () => 1,
  outside: ({ value }) => [value + 1 + Math.abs(value), value - 1 - Math.abs(value)],
  certain: true
}
