/** Digits as bytes, as the server sends them and the page shows them. */
export interface Digits {
  /** 784 grey values for each, row by row: 255 is ink */
  readonly images: Uint8Array<ArrayBuffer>
  /** one for each image, 0–9 */
  readonly labels: Uint8Array<ArrayBuffer>
}

export const side = 28
export const pixels = 784

/** For each digit its label, then its pixels. */
export const packed = ({ images, labels }: Digits): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(labels.length * (1 + pixels))
  for (const [i, label] of labels.entries()) {
    bytes[i * (1 + pixels)] = label
    bytes.set(images.subarray(i * pixels, (i + 1) * pixels), i * (1 + pixels) + 1)
  }
  return bytes
}

export const unpacked = (bytes: Uint8Array): Digits => {
  const labels = new Uint8Array(bytes.length / (1 + pixels))
  const images = new Uint8Array(labels.length * pixels)
  for (const i of labels.keys()) {
    const at = i * (1 + pixels)
    labels[i] = bytes[at] ?? 0
    images.set(bytes.subarray(at + 1, at + 1 + pixels), i * pixels)
  }
  return { images, labels }
}

/** One image. */
export const imageOf = ({ images }: Digits, row: number): Uint8Array<ArrayBuffer> =>
  images.slice(row * pixels, (row + 1) * pixels)
