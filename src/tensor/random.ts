import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf, type Tensor, typed } from "./Tensor.ts"

/**
 * Names a stream of random numbers. The same key gives the same numbers on every engine. `lane` selects one block of a larger draw: lane `i` of shape
 * `[20]` is row `i` of the draw of shape `[n, 20]`. `stream` separates the numbers of a site that needs several independent draws.
 */
export interface Key {
  readonly seed: number
  readonly site: string
  readonly step: number
  readonly lane: number
  readonly stream?: string
  /** true for the library's own numbers, such as the order of rows, so that they differ from those of every site */
  readonly owner?: "library"
}

export const Key = {
  of: (seed: number, site = "key"): Key => ({ seed, site, step: 0, lane: 0 }),

  /**
   * A key of the same site whose numbers are independent of those of `key` and of its forks by other names.
   *
   * @example
   * ```ts
   * const key = Key.of(7, "z")
   * const [radius, angle] = [Key.fork(key, "radius"), Key.fork(key, "angle")]
   * radius.seed - angle.seed // => 0
   * ```
   */
  fork: (key: Key, name: string): Key => ({
    ...key,
    stream: key.stream === undefined ? part(name) : `${key.stream}/${part(name)}`
  })
}

/**
 * The label of a key: its site, and its stream if it has one. It separates the numbers of different keys with the same seed, step and lane. Different
 * sites and streams have different labels: a site's name that looks like a stream, or like one of the library's own labels, is escaped.
 */
export const labelOf = ({ site, stream, owner }: Pick<Key, "site" | "stream" | "owner">): string => {
  if (owner === "library") return site
  const name = escaped(site)
  return stream === undefined ? name : `${name}/${stream}`
}

const escaped = (site: string): string => {
  const name = part(site)
  return librarys.some((prefix) => name.startsWith(prefix)) ? `%${name}` : name
}

/** A name in which the separator of names is escaped. */
const part = (name: string): string => name.replaceAll("%", "%25").replaceAll("/", "%2F")

/** The prefix of labels for the library's own numbers: initial values of parameters, the order of rows, binarised grey values. */
const librarys = ["init:", "rows of ", "binarize"] as const

export type NoiseDistribution = "normal" | "uniform"

/** Standard normal numbers. */
export const normal = <S extends Shape>(key: Key, shape: S): Tensor<S> => draw("normal", key, shape)

/** Uniform numbers in the open interval (0, 1). */
export const uniform = <S extends Shape>(key: Key, shape: S): Tensor<S> => draw("uniform", key, shape)

/** Draws by the backend's own `Noise` kernel if it has one, as a recorder does, and otherwise on the host. */
const draw = <S extends Shape>(distribution: NoiseDistribution, key: Key, shape: S): Tensor<S> => {
  if (tf.getKernel("Noise", tf.getBackend()) !== undefined) {
    const { site, stream } = key
    const attrs = { law: distribution, site, ...(stream === undefined ? {} : { stream }), shape: [...shape] }
    const recorded: tf.Tensor = tf.engine().runKernel("Noise", {}, attrs)
    return typed(recorded)
  }
  const values = new Float32Array(sizeOf(shape))
  fill(distribution, values, key)
  return typed(tf.tensor(values, [...shape]))
}

/** Fills an array with the random numbers of a key. */
export const fill = (distribution: NoiseDistribution, out: Float32Array, key: Key): void =>
  filler(distribution, key)(out, 0, out.length, key.step)

/** Writes `size` numbers of one step into an array, from a position on. */
export type Filler = (out: Float32Array, from: number, size: number, step: number) => void

/** Fills arrays with the random numbers of a key at any step: what its names cost is paid once. */
export const filler = (distribution: NoiseDistribution, key: Omit<Key, "step">): Filler => {
  const [k0, k1] = wordsOf(key)
  const upper = atSite(distribution, key) ? upperHalf : 0
  const write = distribution === "normal" ? writeNormal : writeUniform
  return (out, from, size, step) => write(out, from, size, k0, k1, (step | upper) >>> 0, key.lane * size)
}

/**
 * Both distributions are made of the same words of Threefry. A sampler may draw both from one key, so the uniform numbers of a site are made of other words: those at
 * the steps from 2³¹. The library's own numbers are all uniform.
 */
const upperHalf = 0x80000000
const atSite = (distribution: NoiseDistribution, { owner }: Pick<Key, "owner">): boolean =>
  distribution === "uniform" && owner === undefined

/** Seed and label as the generator's key: all 53 bits of a seed count. */
const wordsOf = ({ seed, ...name }: Omit<Key, "step" | "lane">): readonly [number, number] => [
  seed >>> 0,
  (hash(labelOf(name)) ^ Math.imul(Math.floor(seed / 4294967296), 0x9e3779b1)) >>> 0
]

const scale = 2 ** -32

/** Writes `size` numbers of the key k0, k1 at a step into `out`, from position `from` on: those of the stream from number `start` on. */
type Write = (
  ...numbers: [out: Float32Array, from: number, size: number, k0: number, k1: number, step: number, start: number]
) => void

/**
 * Box and Muller (1958): one pair of uniform numbers gives one pair of independent normal ones. The second uniform number is an angle. Its cosine and
 * sine come from its quadrant and Taylor polynomials on an eighth of the circle, to 2e-9. That is more exact than float32, and `Math.cos` takes twice
 * as long.
 */
const writeNormal: Write = (out, from, size, k0, k1, step, start) => {
  const [end, shift] = [start + size, from - start]
  for (let i = start - (start & 1); i < end; i += 2) {
    threefry(k0, k1, i / 2, step)
    const radius = Math.sqrt(-2 * Math.log(((word[0] as number) + 0.5) * scale))
    const angle = ((word[1] as number) + eighth) | 0
    const x = ((angle & (2 * eighth - 1)) - eighth) * (2 * Math.PI * scale)
    const s = x * x
    const cosine = 1 + s * (-1 / 2 + s * (1 / 24 + s * (-1 / 720 + s * (1 / 40320 + s * (-1 / 3628800)))))
    const sine = x * (1 + s * (-1 / 6 + s * (1 / 120 + s * (-1 / 5040 + s * (1 / 362880)))))
    const signed = angle < 0 ? -radius : radius
    const across = (angle & (2 * eighth)) !== 0
    if (i >= start) out[shift + i] = signed * (across ? -sine : cosine)
    if (i + 1 < end) out[shift + i + 1] = signed * (across ? cosine : sine)
  }
}

/** an eighth of the circle, which is 2³² units */
const eighth = 2 ** 29

/** A number of 23 bits, moved to the centre of its cell: exact in float32 and never 0 or 1. */
const writeUniform: Write = (out, from, size, k0, k1, step, start) => {
  const [end, shift] = [start + size, from - start]
  for (let i = start - (start & 1); i < end; i += 2) {
    threefry(k0, k1, i / 2, step)
    if (i >= start) out[shift + i] = (((word[0] as number) >>> 9) + 0.5) * 2 ** -23
    if (i + 1 < end) out[shift + i + 1] = (((word[1] as number) >>> 9) + 0.5) * 2 ** -23
  }
}

/** The order of the rows in one epoch: a Fisher–Yates shuffle by the keyed generator. */
export const permutation = (n: number, key: Key): Int32Array => {
  const order = rising(n)
  swap(order, n - 1, 0, key)
  return order
}

/** The same in pieces of so many swaps, between which the rest of the program may run. */
export function* permutationInPieces(n: number, key: Key, piece: number): Generator<void, Int32Array> {
  const order = rising(n)
  for (let i = n - 1; i > 0; i -= piece) {
    swap(order, i, Math.max(0, i - piece), key)
    yield
  }
  return order
}

const rising = (n: number): Int32Array => {
  const order = new Int32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  return order
}

/** The swaps of the places from `from` down to the one after `to`. */
const swap = (order: Int32Array, from: number, to: number, key: Key): void => {
  const [k0, k1] = wordsOf(key)
  for (let i = from; i > to; i--) {
    threefry(k0, k1, i, key.step >>> 0)
    const j = Math.floor((word[0] as number) * scale * (i + 1))
    const last = order[i] as number
    order[i] = order[j] as number
    order[j] = last
  }
}

/** The two 32-bit words that `threefry` returns, in fixed memory, so that a draw allocates nothing. */
const word = new Uint32Array(2)

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * a keyed bijection of a two-word counter, the generator that JAX uses.
 */
const threefry = (k0: number, k1: number, c0: number, c1: number): void => {
  const k2 = k0 ^ k1 ^ 0x1bd11bda
  let a = (c0 + k0) | 0
  let b = (c1 + k1) | 0
  a = (a + b) | 0
  b = ((b << 13) | (b >>> 19)) ^ a
  a = (a + b) | 0
  b = ((b << 15) | (b >>> 17)) ^ a
  a = (a + b) | 0
  b = ((b << 26) | (b >>> 6)) ^ a
  a = (a + b) | 0
  b = ((b << 6) | (b >>> 26)) ^ a
  a = (a + k1) | 0
  b = (b + k2 + 1) | 0
  a = (a + b) | 0
  b = ((b << 17) | (b >>> 15)) ^ a
  a = (a + b) | 0
  b = ((b << 29) | (b >>> 3)) ^ a
  a = (a + b) | 0
  b = ((b << 16) | (b >>> 16)) ^ a
  a = (a + b) | 0
  b = ((b << 24) | (b >>> 8)) ^ a
  a = (a + k2) | 0
  b = (b + k0 + 2) | 0
  a = (a + b) | 0
  b = ((b << 13) | (b >>> 19)) ^ a
  a = (a + b) | 0
  b = ((b << 15) | (b >>> 17)) ^ a
  a = (a + b) | 0
  b = ((b << 26) | (b >>> 6)) ^ a
  a = (a + b) | 0
  b = ((b << 6) | (b >>> 26)) ^ a
  a = (a + k0) | 0
  b = (b + k1 + 3) | 0
  a = (a + b) | 0
  b = ((b << 17) | (b >>> 15)) ^ a
  a = (a + b) | 0
  b = ((b << 29) | (b >>> 3)) ^ a
  a = (a + b) | 0
  b = ((b << 16) | (b >>> 16)) ^ a
  a = (a + b) | 0
  b = ((b << 24) | (b >>> 8)) ^ a
  a = (a + k1) | 0
  b = (b + k2 + 4) | 0
  a = (a + b) | 0
  b = ((b << 13) | (b >>> 19)) ^ a
  a = (a + b) | 0
  b = ((b << 15) | (b >>> 17)) ^ a
  a = (a + b) | 0
  b = ((b << 26) | (b >>> 6)) ^ a
  a = (a + b) | 0
  b = ((b << 6) | (b >>> 26)) ^ a
  word[0] = a + k2
  word[1] = b + k0 + 5
}

/** The two words for a key and a counter, for tests against published vectors. */
export const threefry2x32 = (
  key: readonly [number, number],
  counter: readonly [number, number]
): readonly [number, number] => {
  threefry(key[0], key[1], counter[0], counter[1])
  return [word[0] as number, word[1] as number]
}

/** FNV-1a (Fowler, Noll, Vo): names to 32-bit numbers. */
const hash = (name: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  return h >>> 0
}
