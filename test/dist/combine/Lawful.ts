import type { Row, Setting } from "../laws/Row.ts"

/** What the laws must be told of distributions that are made of others: all but a family and its fixture. */
export type Lawful<P extends Setting> = Omit<Row<P>, "family">

/** The same as the laws of draws, gradients and engines take it, which do not look at the family. What several share has no dimension for them. */
export const asRow = <P extends Setting>(lawful: Lawful<P>): Row<P> => ({
  ofOneEvent: true,
  ...lawful,
  family: "Laplace"
})
