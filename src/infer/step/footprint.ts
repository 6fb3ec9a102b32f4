import { InvalidOption } from "../../Errors.ts"
import { memory } from "../../host.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { type Graph, type Id, isLeaf, type Node } from "../../trace/Graph.ts"

/** What a graph takes while it runs once, in bytes of 32-bit numbers: estimates from shapes, before anything is taken. */
export interface Footprint {
  /** at the moment at which most is held, when each value is dropped after its last reader */
  readonly peak: number
  /** when every value is kept, as gradients need them */
  readonly all: number
  /** numbers of the largest value */
  readonly largest: number
}

/** Steps whose noise is made in one call at first. */
const first = 4

export const footprintOf = ({ nodes, outputs }: Graph): Footprint => {
  const last = new Map<Id, Id>()
  nodes.forEach((node, id) => {
    for (const input of node.inputs) last.set(input, id)
  })
  for (const id of Object.values(outputs)) last.set(id, nodes.length)
  let [held, peak, all, largest] = [0, 0, 0, 0]
  nodes.forEach((node, id) => {
    const bytes = bytesOf(node)
    held += bytes
    all += bytes
    peak = Math.max(peak, held)
    largest = Math.max(largest, sizeOf(node.shape))
    for (const input of new Set(node.inputs)) {
      const before = nodes[input]
      if (last.get(input) === id && before !== undefined && !isLeaf(before)) held -= bytesOf(before)
    }
    if (!last.has(id) && !isLeaf(node)) held -= bytes
  })
  return { peak, all, largest }
}

const bytesOf = (node: Node): number => 4 * sizeOf(node.shape) * (node.kernel === "Noise" ? first : 1)

/** Engines count the numbers of one value in 32 bits. */
const most = 2 ** 31

/** @throws InvalidOption where one step would take more memory than this process may use */
export const mustFit = (
  { peak, all, largest }: Footprint,
  { particles, batch, training }: { readonly particles: number; readonly batch: number; readonly training: boolean }
): void => {
  const bytes = training ? all : peak
  if (bytes <= memory() && largest < most) return
  const [option, value] = particles > 1 ? ["particles", particles] : ["batchSize", batch]
  const expected =
    bytes <= memory()
      ? `fewer: a value of ${largest} numbers is more than engines can hold in one (${most})`
      : `fewer: one step would take ${gigabytes(bytes)}, and there are ${gigabytes(memory())} of memory`
  throw new InvalidOption({ option: String(option), value: String(value), expected })
}

/** @throws InvalidOption where so many results would not fit in memory, beside the parts of which they are joined */
export const mustHold = (option: string, count: number, bytesOfEach: number): void => {
  const bytes = 2 * count * bytesOfEach
  if (bytes <= memory()) return
  const at = Math.floor(memory() / (2 * bytesOfEach))
  const expected = `at most ${at}, in several calls with seeds of their own: the results would take ${gigabytes(bytes)}, and there are ${gigabytes(memory())} of memory`
  throw new InvalidOption({ option, value: String(count), expected })
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`
