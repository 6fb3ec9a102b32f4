import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import {
  Data,
  type Dataset,
  Engine,
  type FitError,
  type FitOptions,
  type FittedModel,
  type Progress,
  type ReportPage,
  report,
  reportPage
} from "../src/index.ts"
import { digits, latentGrid, latentGridPoints, latentScatter, lossCurve, reconstructions } from "./figures.ts"
import { type Options, stopOnInterrupt } from "./flags.ts"

type Images = Dataset<readonly [784]>

interface Digits {
  readonly images: Images
  readonly labels: Uint8Array
}

/** Test images as a model sees them: all, and a few by which to judge the fit. */
export interface Seen<D> {
  readonly test: D
  readonly few: D
}

/** The page that `--report` writes. */
export const pageOf = (title: string, { hidden, latent, decoder }: Options): ReportPage =>
  reportPage(title, { settings: { hidden, latent, decoder } })

export const writePage = (page: ReportPage, { report, out }: Options): Effect.Effect<void, FitError> =>
  report
    ? Effect.andThen(
        Effect.promise(() => mkdir(out, { recursive: true })),
        page.write(join(out, "report.html"))
      )
    : Effect.void

/** What the command line says of the fit. */
export const fitOptions = (options: Options, page: ReportPage): FitOptions => {
  const { epochs, batch, particles, seed } = options
  const progress = page.fit({ also: onProgress(options) })
  return { epochs, batchSize: batch, particles, seed, progress, signal: stopOnInterrupt() }
}

/** Prints a fit's progress: for people, or one JSON object an epoch. */
const onProgress = ({ json }: Options): ((event: Progress<unknown>) => void) => {
  if (!json) return report()
  return (event) => {
    if (event._tag !== "Epoch") return
    const { epoch, train, test, seconds } = event
    console.log(
      JSON.stringify({ epoch, train: rounded(train), test: rounded(test ?? Number.NaN), seconds: rounded(seconds) })
    )
  }
}

/**
 * Evaluates a fitted model on the test images (as the model sees them, and in grey, for the eye), draws its pictures, and
 * prints the figures in nats per image.
 */
export const reportMnist = <D>(
  fitted: FittedModel<readonly [number], readonly [784], D>,
  { test, few }: Seen<D>,
  { images, labels }: Digits,
  options: Options,
  page: ReportPage
) =>
  Effect.gen(function* () {
    const engine = yield* Engine
    if (process.stderr.isTTY) process.stderr.write("evaluating on the test images with 100 particles …\n")
    const { elbo, reconstruction, kl } = yield* fitted.elboParts(test)
    const logMarginal = yield* fitted.logMarginal(test, { particles: 100 })
    const pictures = yield* draw(fitted, test, images, labels, options, page)
    if (options.report) {
      const unit = "nats per image"
      page.figure(fitted.explain().noBound.length === 0 ? "test −ELBO" : "test loss", -elbo, { unit })
      page.figure("of it reconstruction", reconstruction, { unit })
      page.figure("of it KL", kl, { unit })
      page.figure("log p(x), 100 particles", logMarginal, { unit })
      page.show("Whether to trust it", yield* fitted.diagnose(few))
    }
    yield* writePage(page, options)
    const seconds = performance.now() / 1000
    if (options.json) {
      const figures = { test: -elbo, reconstruction, kl, logMarginal, seconds }
      const numbers = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]))
      console.log(JSON.stringify({ ...numbers, engine: engine.name }))
      return
    }
    const name = fitted.explain().noBound.length === 0 ? "test −ELBO" : "test loss "
    console.log(`
${name}      ${(-elbo).toFixed(2)} nats per image = reconstruction ${reconstruction.toFixed(2)} + KL ${kl.toFixed(2)}
log p(x)        ${logMarginal.toFixed(2)} nats per image, by 100 importance-weighted particles
pictures        ${pictures.join(", ")}
time            ${seconds.toFixed(1)} s`)
  })

const rounded = (value: number): number => Math.round(value * 1000) / 1000

/** Writes the pictures; returns their paths. */
const draw = <D>(
  fitted: FittedModel<readonly [number], readonly [784], D>,
  test: D,
  grey: Images,
  labels: Uint8Array,
  { out, latent, seed, report: reports }: Options,
  page: ReportPage
) =>
  Effect.gen(function* () {
    yield* Effect.promise(() => mkdir(out, { recursive: true }))
    const paths: Array<string> = []
    const save = (name: string, picture: (path: string) => Promise<void>) => {
      const path = join(out, name)
      paths.push(path)
      return Effect.promise(async () => {
        await picture(path)
        if (reports) page.show(name.replace(".png", ""), await readFile(path))
      })
    }
    const generated = yield* fitted.generate(64, { seed })
    yield* save("digits.png", (path) =>
      digits(path, { images: clipped(generated), columns: 8, title: "Digits generated from the prior" })
    )

    const shown = Data.take(grey, 12)
    const reconstructed = Data.take(yield* fitted.reconstruct(test), 12)
    const title = "Test digits and their reconstructions"
    yield* save("reconstructions.png", (path) =>
      reconstructions(path, { originals: clipped(shown), reconstructed: clipped(reconstructed), title })
    )
    if (fitted.history.length > 0) yield* save("loss.png", (path) => lossCurve(path, fitted.history))
    if (latent !== 2) return paths

    const { mean } = yield* fitted.encode(test)
    yield* save("latent.png", (path) =>
      latentScatter(path, { points: floats(mean), labels, title: "Codes of test digits (means)" })
    )
    const [columns, range] = [20, 2.5]
    const grid = yield* fitted.decode(Data.of(latentGridPoints(columns, range), [latent]))
    yield* save("grid.png", (path) => latentGrid(path, { images: clipped(grid), columns, range }))
    return paths
  })

const floats = ({ values, scale }: Dataset): Float32Array => new Float32Array(values).map((x) => x * scale)

/** Grey levels in [0, 1]: a Gaussian decoder's means may lie outside. */
const clipped = (images: Dataset): Float32Array => floats(images).map((x) => Math.min(1, Math.max(0, x)))
