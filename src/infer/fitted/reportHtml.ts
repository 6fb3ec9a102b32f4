import { escaped, formsOf, shorter } from "../../display.ts"
import { version } from "../../version.ts"
import { duration } from "../fit/progress.ts"
import { type Curve, lineChart } from "./lineChart.ts"
import type { ReportData, ReportedFigure, ReportedFit, ReportedShow } from "./reportData.ts"
import { reportStyle } from "./reportStyle.ts"

/** A report as one HTML page. Its policy allows nothing from outside, and no script. */
export const reportHtml = (data: ReportData): string => {
  const { title, about, settings, fits, figures, shown, seconds } = data
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    ...(about === undefined ? [] : [`<p>${escaped(about)}</p>`]),
    `<p class="soft">latent ${version}; ${duration(seconds)} in all</p>`,
    ...(figures.length === 0 ? [] : [heading("Figures of merit"), tiles(figures)]),
    ...(Object.keys(settings).length === 0 ? [] : [heading("Settings"), card(list(settings))]),
    ...fits.flatMap((fit, i) => sectionOf(fit, fits.length === 1 ? "The fit" : `Fit ${i + 1}`)),
    ...(shown.length === 0 ? [] : [heading("Results"), ...shown.map(showing)])
  ]
  // pictures stand in the page already
  const plain = { ...data, shown: shown.map(({ picture: _, ...rest }) => rest) }
  const numbers = JSON.stringify(plain, (_, each: unknown) => (typeof each === "number" ? asJson(each) : each))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
${parts.join("\n")}
</main>
<script type="application/json" id="report">${numbers.replaceAll("<", "\\u003c")}</script>
</body>
</html>
`
}

/** Seven digits; JSON has no infinite numbers. */
const asJson = (x: number): number | string => (Number.isFinite(x) ? Number(x.toPrecision(7)) : String(x))

const heading = (words: string): string => `<h2>${escaped(words)}</h2>`
const card = (...parts: ReadonlyArray<string>): string => `<section class="card">${parts.join("\n")}</section>`

const list = (entries: Readonly<Record<string, string | number>>): string =>
  `<dl>${Object.entries(entries)
    .map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(String(value))}</dd>`)
    .join("")}</dl>`

const tiles = (figures: ReadonlyArray<ReportedFigure>): string =>
  `<div class="tiles">${figures.map(tile).join("")}</div>`

const tile = ({ name, value, unit, bar }: ReportedFigure): string => {
  const holds = bar === undefined ? undefined : bar[0] === "at least" ? value >= bar[1] : value <= bar[1]
  const mark = holds === undefined ? "" : holds ? " good" : " bad"
  const wanted = bar === undefined ? "" : `<div class="soft">${holds ? "" : "off: "}${bar[0]} ${shorter(bar[1])}</div>`
  const of = unit === undefined ? "" : ` <span class="soft">${escaped(unit)}</span>`
  return `<div><div class="soft">${escaped(name)}</div><div class="value${mark}">${shorter(value)}${of}</div>${wanted}</div>`
}

const sectionOf = ({ name, started, epochs, warnings, because }: ReportedFit, title: string): ReadonlyArray<string> => {
  const { plan, engine, because: why, detail, settings } = started
  const spent = epochs.reduce((sum, { seconds }) => sum + seconds, 0)
  const steps = started.steps === 1 ? "1 step" : `${started.steps} steps`
  const course = `${epochs.length} of ${started.epochs} epochs of ${steps} in ${duration(spent)}`
  const facts = {
    engine: `${engine} (${why}; ${detail})`,
    course,
    ...(because === undefined ? {} : { ended: because })
  }
  return [
    heading(name === undefined ? title : `${title}: ${name}`),
    card("<h3>Plan</h3>", formsOf(plan)["text/html"] ?? `<pre>${escaped(`${plan}`)}</pre>`),
    ...(epochs.length === 0 ? [] : [card("<h3>Loss</h3>", ...chartsOf(epochs))]),
    card("<h3>Settings</h3>", list({ ...facts, ...settings })),
    ...warnings.map((warning) => `<p class="warning">${escaped(warning)}</p>`)
  ]
}

const chartsOf = (epochs: ReportedFit["epochs"]): ReadonlyArray<string> => {
  const curve = (name: string, of: (epoch: ReportedFit["epochs"][number]) => number | undefined): Curve => ({
    name,
    points: epochs.flatMap((epoch) => {
      const y = of(epoch)
      return y === undefined ? [] : [[epoch.epoch, y] as const]
    })
  })
  const isBound = epochs.every(({ noBound }) => noBound === undefined)
  const train = isBound ? "−ELBO" : "loss"
  const curves = [
    curve(`${train}, training`, (epoch) => epoch.train),
    curve("validation", ({ test }) => test),
    curve("−ELBO, training", ({ bound }) => bound)
  ].filter(({ points }) => points.length > 0)
  const sites = [...new Set(epochs.flatMap(({ terms }) => Object.keys(terms ?? {})))].slice(0, 9)
  const parts = sites.map((site) => {
    const chart = lineChart({
      ...{ x: "epoch", y: site, width: 280, height: 180 },
      curves: [curve(site, ({ terms }) => terms?.[site])]
    })
    return `<div><p>${escaped(site)}</p>${chart}</div>`
  })
  return [
    legend(curves),
    lineChart({ x: "epoch", y: `${train} in nats`, curves, width: 920, height: 340 }),
    ...(parts.length < 2
      ? []
      : [
          `<h3>Its parts by site</h3><p class="soft">In nats: −log p of what is observed, KL(q ‖ p) of what is latent.</p><div class="charts">${parts.join("")}</div>`
        ])
  ]
}

const legend = (curves: ReadonlyArray<Curve>): string => {
  const entries = curves.map(({ name, points }, i) => {
    const last = points.at(-1)
    const end = last === undefined ? "" : `: ${shorter(last[1])} at the end`
    return `<span><i style="background:var(--curve-${1 + (i % 4)})"></i>${escaped(name)}${end}</span>`
  })
  return `<p class="legend">${entries.join("")}</p>`
}

const showing = ({ title, picture, html, text }: ReportedShow): string =>
  card(
    `<h3>${escaped(title)}</h3>`,
    ...(html === undefined ? [] : [html]),
    ...(picture === undefined ? [] : [`<img src="${escaped(picture)}" alt="${escaped(title)}">`]),
    ...(text === undefined ? [] : [`<pre>${escaped(text)}</pre>`])
  )
