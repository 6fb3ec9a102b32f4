import type { Mnist } from "../../../src/index.ts"
import { reportStyle } from "../../../src/infer/fitted/reportStyle.ts"
import { type Digits, packed, pixels } from "../digits.ts"
import type { Headers } from "./serve.ts"
import { type Site, siteOf } from "./site.ts"

export interface Contents {
  /** the folder of index.html */
  readonly root: string
  readonly mnist: Mnist
  /** how many digits the page can train on */
  readonly digits: number
  /** a fit as `save` has written it */
  readonly fit: Uint8Array<ArrayBuffer>
}

/** The playground as files: the page in the look of a report, its worker, the digits and a fit. */
export const playground = async ({ root, mnist, digits, fit }: Contents): Promise<Site> => {
  const site = await siteOf({
    root,
    worker: { format: "es" },
    plugins: [{ name: "look-of-a-report", transformIndexHtml: (html) => html.replace("/* report */", reportStyle) }]
  })
  const first = ({ images, labels }: Mnist["train"], n: number): Digits => ({
    images: Uint8Array.from(images.values.subarray(0, n * pixels)),
    labels: labels.slice(0, n)
  })
  const files: Site = new Map([
    ["/train.bytes", packed(first(mnist.train, digits))],
    ["/held-out.bytes", packed(first(mnist.test, Math.min(500, digits)))],
    ["/fit.safetensors", fit]
  ])
  return new Map([...site, ...files])
}

/** Nothing but the server's own files, and no code made of strings. */
export const headers: Headers = {
  "content-security-policy":
    "default-src 'none'; connect-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
}
