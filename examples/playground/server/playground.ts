import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Mnist } from "../../../src/index.ts"
import { reportStyle } from "../../../src/infer/fitted/reportStyle.ts"
import { type Digits, packed, pixels } from "../digits.ts"
import { compilerModule, declarations } from "./compiler.ts"
import type { Headers } from "./serve.ts"
import { type Site, siteOf } from "./site.ts"

const folder = "examples/playground"

export interface Contents {
  /** of the repository, in which the library is built */
  readonly root: string
  readonly mnist: Mnist
  /** how many digits the page can train on */
  readonly digits: number
  /** a fit as `save` has written it */
  readonly fit: Uint8Array<ArrayBuffer>
}

/** The playground as files: the page in the look of a report, its workers, the digits, a fit, and a program with its declarations. */
export const playground = async ({ root, mnist, digits, fit }: Contents): Promise<Site> => {
  const site = await siteOf({
    root: join(root, folder),
    worker: { format: "es" },
    plugins: [{ name: "look-of-a-report", transformIndexHtml: (html) => html.replace("/* report */", reportStyle) }]
  })
  const first = ({ images, labels }: Mnist["train"], n: number): Digits => ({
    images: Uint8Array.from(images.values.subarray(0, n * pixels)),
    labels: labels.slice(0, n)
  })
  return new Map<string, string | Uint8Array<ArrayBuffer>>([
    ...site,
    ["/train.bytes", packed(first(mnist.train, digits))],
    ["/held-out.bytes", packed(first(mnist.test, Math.min(500, digits)))],
    ["/fit.safetensors", fit],
    ["/program.ts", readFileSync(join(root, folder, "program.ts"), "utf8")],
    ["/types.json", declarations(root)],
    ["/typescript.js", compilerModule(root)]
  ])
}

/** Nothing but the server's own files, and programs that are edited, as modules that the page makes (blob:). */
export const headers: Headers = {
  "content-security-policy":
    "default-src 'none'; connect-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; worker-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval'"
}
