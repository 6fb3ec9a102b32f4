import type { Domain } from "./Domain.ts"
import { flat, type Point } from "./Row.ts"

/** A domain seen through a smooth map: each point's image, its weight times how much the map enlarges volumes there. */
export const mapped = (
  { kind, points, weights }: Domain,
  map: (x: ReadonlyArray<number>) => { readonly point: Point; readonly volume: number }
): Domain => {
  const images = points.map((x) => map(flat(x)))
  return {
    kind,
    points: images.map(({ point }) => rounded(point)),
    weights: images.map(({ volume }, i) => volume * (weights[i] ?? 0))
  }
}

/** In float32, in which densities are asked. */
const rounded = (x: Point): Point =>
  typeof x === "number" ? Math.fround(x) : (x.map((each) => rounded(each)) as ReadonlyArray<number>)
