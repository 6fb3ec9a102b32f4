// message: Property 'autoNormal' does not exist on type
// at: Guide.autoNormal
import { Guide, Normal, program, sample } from "../../src/index.ts"

export const plan = program(function* () {
  yield* sample("mu", Normal(0, 1))
}).autoGuide(Guide.autoNormal())
