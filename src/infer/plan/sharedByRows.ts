import { has } from "../joint/bits.ts"
import { factorsByRole, type Joint, latentSites, platesOf } from "../joint/Joint.ts"
import { dataIn } from "../joint/reach.ts"

/** A remark for each local site whose guide reads nothing of its row: all rows then share one distribution. */
export const sharedByRows = (joint: Joint): ReadonlyMap<string, string> => {
  const { names, reach } = dataIn(
    joint,
    platesOf(joint).flatMap(({ inputs }) => [...inputs])
  )
  const factorOf = factorsByRole(joint)
  return new Map(
    latentSites(joint).flatMap(({ name, draw, axis, plates, blocked }) => {
      if (blocked) return []
      // the values of a site that is summed out are the same in all rows: their probabilities say what the guide reads
      const node = axis === undefined ? draw : (factorOf(name, "guide")?.node ?? draw)
      const plate = platesOf(joint).find(({ label }) => label === plates.at(-1))
      if (plate === undefined || plate.inputs.size === 0) return []
      const reads = names.some((input, i) => plate.inputs.has(input) && has(reach[node], i))
      const words = `one parameter serves all rows of '${plate.label}': make it a function of the row, or use param.row`
      return reads ? [] : [[name, words] as const]
    })
  )
}
