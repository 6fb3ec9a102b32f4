import { DataFormat, InvalidOption } from "../../Errors.ts"
import { platesOf } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import { batchPlan } from "../run/batches.ts"
import type { Prepared } from "../run/prepared.ts"
import { readingsOf } from "../run/Training.ts"
import type { Derived } from "./derive.ts"
import type { Problem } from "./Learned.ts"
import type { Settings } from "./options.ts"

/**
 * What a stream of rows cannot give, as only some of them are at hand.
 *
 * @throws DataFormat, or InvalidOption where the source can be read fewer times than there are passes
 */
export const mustBeStreamable = (
  problem: Problem,
  { joint, loss }: Derived,
  data: Prepared,
  { batchSize, epochs, seed }: Settings
): void => {
  const { streams = {} } = data
  const readings = readingsOf(loss, data, batchSize, problem.per)
  const { steps } = batchPlan(seed, readings)
  const held = "Give rows that are held in memory: { field: Data.of(numbers, event) }."
  for (const [plate, { path, stream, rows }] of Object.entries(streams)) {
    const refused = (reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })
    const row = joint.parameters.find((parameter) => parameter.plate === plate)
    if (row !== undefined) {
      const advice = "Make the guide a function of its row, or give rows that are held in memory."
      throw refused(`the parameter '${row.name}' has a value for each row, which a stream of rows cannot have`, advice)
    }
    if (platesOf(joint).some(({ label, size }) => label === plate && size !== undefined))
      throw refused(
        `the program reads the rows of '${plate}' together, and a stream gives some of them at a time`,
        held
      )
    if (problem.conclude !== undefined)
      throw refused(
        "this automatic guide is concluded with all rows at the mode, and a stream gives some at a time",
        held
      )
    const reading = readings.find((each) => each.plate === plate)
    if (reading === undefined || stream.isRepeatable) continue
    const passes = (steps * epochs) / Math.ceil(rows / reading.batch)
    if (passes <= 1) continue
    const expected = `1, as the source of ${path} can be read only once and this takes ${Math.ceil(passes)} passes: give a function that makes it anew`
    throw new InvalidOption({ option: "epochs", value: String(epochs), expected })
  }
}

/** A streamed plate in words, for what must be the same when a fit is resumed. */
export const streamInWords = ({ streams = {} }: Prepared, plate: string): string => {
  const opened = own(streams, plate)
  if (opened === undefined) return ""
  const { rows, stream } = opened
  return ` first of ${rows} streamed by ${stream.shuffle}${stream.seed === undefined ? "" : ` with seed ${stream.seed}`}`
}
