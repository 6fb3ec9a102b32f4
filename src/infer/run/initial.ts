import type { Arrays } from "../../engine/Engine.ts"
import { fill } from "../../tensor/random.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { baselineInput, paramInput, slotInput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { Baseline } from "../step/lossGraph.ts"
import { pack, packsOf, unpack } from "../step/packing.ts"

/** The parameters at which a fit begins. */
export const initialParameters = (parameters: ReadonlyArray<Parameter>, seed: number): Parameters =>
  Object.fromEntries(parameters.map((parameter) => [parameter.name, initialValue(parameter, seed)]))

const initialValue = ({ name, shape, init }: Parameter, seed: number): Float32Array => {
  const values = new Float32Array(sizeOf(shape))
  if (init.kind === "constant") return values.fill(init.value)
  if (init.kind === "values") return values.map((_, i) => init.values[i % init.values.length] ?? Number.NaN)
  fill("uniform", values, { seed, owner: "library", site: `init:${name}`, step: 0, lane: 0 })
  for (let i = 0; i < values.length; i++) values[i] = init.bound * (2 * (values[i] ?? 0) - 1)
  return values
}

/** What a training step carries beside the parameters. */
export interface Carries {
  readonly list: ReadonlyArray<Parameter>
  readonly slots: ReadonlyArray<string>
  readonly baselines: ReadonlyArray<Baseline>
}

/** What a step carries as a fit begins: slots and baselines are 0. */
export const initialState = ({ list, slots, baselines }: Carries, parameters: Parameters): Arrays => ({
  ...packed(list, parameters),
  ...Object.fromEntries(
    packsOf(list).flatMap(({ name, shape }) =>
      slots.map((slot) => [slotInput(slot, name), new Float32Array(sizeOf(shape))] as const)
    )
  ),
  ...Object.fromEntries(baselines.map(({ site, shape }) => [baselineInput(site), new Float32Array(sizeOf(shape))]))
})

/** Parameters as a step carries them. */
export const packed = (list: ReadonlyArray<Parameter>, parameters: Parameters): Arrays =>
  Object.fromEntries(packsOf(list).map((each) => [paramInput(each.name), pack(each, parameters)]))

/**
 * The parameters of what a step carries, or what an optimizer carries for each of them.
 *
 * @param input the name of what is read of a pack
 */
export const parametersOf = (
  list: ReadonlyArray<Parameter>,
  state: Arrays,
  input: (pack: string) => string = paramInput
): Parameters =>
  Object.fromEntries(
    packsOf(list).flatMap((each) => Object.entries(unpack(each, state[input(each.name)] ?? new Float32Array())))
  )
