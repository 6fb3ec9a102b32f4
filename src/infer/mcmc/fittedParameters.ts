import { DataFormat } from "../../Errors.ts"
import { currentStore } from "../../model/Param.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { NetNames, Parameters } from "../joint/recordedWorld.ts"

/** What a fit has learned: its parameters, and the names of the nets that some of them belong to. */
export interface FittedParameters {
  readonly parameters: Parameters
  readonly nets: NetNames
}

/** Gives nets the names that they had in the fit, which depend on their order: those of the guide came first. Runs while a program is recorded. */
export const nameNets = (nets: NetNames): void => {
  const store = currentStore("nets")
  // the second net and those after it have their number at the end
  for (const [i, [net, name]] of [...nets].entries())
    store.nameOf(net, i === 0 ? name : name.slice(0, -String(i + 1).length))
}

/** @throws DataFormat for a parameter, with all its rows, that the fit does not have in this size */
export const mustBeFitted = (
  { name, shape }: Parameter,
  { parameters }: Pick<FittedParameters, "parameters">
): void => {
  if (own(parameters, name)?.length === sizeOf(shape)) return
  throw new DataFormat({
    path: `parameters.${name}`,
    reason: "the model asks for it, and the fit has no such parameter, or one of another size",
    advice: "Make nets outside of the program, and give the rows that were fitted."
  })
}
