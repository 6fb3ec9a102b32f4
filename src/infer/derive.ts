import * as tf from "@tensorflow/tfjs"
import { hasPath } from "../dist/Dist.ts"
import { closedKl } from "../dist/divergence/kl.ts"
import type { Support } from "../dist/Support.ts"
import { GuideMismatch, InvalidOption } from "../Errors.ts"
import { interpret, type LatentSite, type SiteTrace } from "../model/interpret.ts"
import type { Guided } from "../model/Program.ts"
import { showShape } from "../tensor/Tensor.ts"
import { meanOver } from "../trace/axes.ts"
import { keep, rebuild } from "../trace/build.ts"
import { ancestors, type Graph, type Id } from "../trace/Graph.ts"
import { type Recorder, record } from "../trace/record.ts"
import { markSample, stopGradient } from "../trace/stopGradient.ts"
import { dependsOn } from "../trace/vectorise.ts"
import { chooseEstimator, chooseKl, cutAt, siteRanges } from "./choose.ts"
import type { Estimator } from "./estimator/Estimator.ts"
import { refuseHiddenRandomness } from "./hiddenRandomness.ts"
import { inputName } from "./names.ts"
import { type Objective, sumOverPlates, type Term } from "./Objective.ts"
import { type Plan, plan, type SitePlan } from "./Plan.ts"
import { type DataShapes, type NetNames, type Parameter, recordedParams, recordedWorld } from "./world.ts"

export interface DeriveOptions {
  readonly particles: number
  readonly objective: Objective
  /** whether the loss is read per datum or as a total over all rows */
  readonly per: "datum" | "total"
  /** estimators asked for by name of site; the others are chosen */
  readonly estimators: Readonly<Record<string, Estimator>>
}

/** A named axis of the derived graph, before it is added: what varies along it. */
export interface Along {
  readonly name: string
  readonly inputs: ReadonlySet<string>
  readonly sites: ReadonlySet<string>
}

/** A term of a loss without its value: output `term:SITE` of the graph. */
export type TermInfo = Omit<Term, "value">

/** The loss of one datum and one particle as a graph, and all that is known of it. */
export interface Derived {
  readonly plan: Plan
  /** outputs: `loss` (whose gradient is the estimator), `value` (what is reported), `term:SITE`, `next:baseline:SITE` */
  readonly graph: Graph
  readonly parameters: ReadonlyArray<Parameter>
  readonly nets: NetNames
  readonly plates: ReadonlyArray<Along>
  readonly particle: Along
  readonly terms: ReadonlyArray<TermInfo>
  /** where data meet distributions, so that their support can be checked */
  readonly observed: ReadonlyArray<{
    readonly site: string
    readonly plates: ReadonlyArray<string>
    readonly support: Support
  }>
  /** sites with a running baseline: a number carried from step to step */
  readonly baselines: ReadonlyArray<string>
}

/**
 * From model and guide to a loss: records one run, decides for each site, and builds the surrogate whose gradient is the estimator.
 * The program is recorded twice, so that numbers drawn behind the library's back are found out.
 *
 * @throws the tagged errors of recording, and GuideMismatch
 */
export const derive = (guided: Guided, shapes: DataShapes, options: DeriveOptions): Derived => {
  const once = deriveOnce(guided, shapes, options)
  refuseHiddenRandomness(once.graph, deriveOnce(guided, shapes, options).graph)
  return once
}

const deriveOnce = (guided: Guided, shapes: DataShapes, options: DeriveOptions): Derived => {
  let result: Omit<Derived, "graph"> | undefined
  let detached: ReadonlySet<string> = new Set()
  const recorded = record((recorder) => {
    const nets: NetNames = new Map()
    const params = recordedParams(recorder, nets)
    const sites = interpret(guided, recordedWorld(recorder, shapes, params.store, markSample))
    const plates = platesOf(sites, shapes)
    const decided = decide(recorder, sites, options)
    for (const { term } of decided) refuseEscape(recorder.graph(), term, recorder.idOf(term.value), plates)

    const terms = decided.map(({ term }) => term)
    const values = options.objective.loss(terms)
    const value = values.reduce((sum, x) => tf.add(sum, x))
    const surrogates = decided.flatMap((decision) => surrogateOf(recorder, decision, terms, options.particles))
    const loss = surrogates.reduce((sum, { loss }) => tf.add(sum, loss), value)

    detached = new Set(decided.flatMap(({ estimator, term }) => (estimator?.detached === true ? [term.site] : [])))
    const baselines = surrogates.filter(({ nextBaseline }) => nextBaseline !== undefined)
    result = {
      plan: plan(
        formulaOf(options, sites, plates),
        options.particles,
        decided.map((decision) => decision.plan)
      ),
      parameters: params.parameters,
      nets,
      plates,
      particle: particleOf(sites),
      terms: terms.map(({ site, name, plates }) => ({ site, name, plates })),
      observed: sites.flatMap((site) =>
        site.kind === "observed" ? [{ site: site.name, plates: site.plates, support: site.dist.support }] : []
      ),
      baselines: baselines.map(({ site }) => site)
    }
    return {
      loss,
      value,
      ...Object.fromEntries(terms.map((term, i) => [`term:${term.site}`, values[i] ?? value])),
      ...Object.fromEntries(baselines.map(({ site, nextBaseline }) => [`next:baseline:${site}`, nextBaseline ?? value]))
    }
  })
  if (result === undefined) throw new Error("a recording ended without a result")
  return { ...result, graph: resolveSamples(recorded, detached) }
}

interface Decision {
  readonly term: Term
  readonly plan: SitePlan
  readonly estimator?: Estimator
  readonly draw?: Id
  readonly logQ?: () => tf.Tensor
}

/** One decision a site: its term in the loss, and for a latent site its estimator. Estimators need all terms, so they come second. */
const decide = (recorder: Recorder, sites: SiteTrace, options: DeriveOptions): ReadonlyArray<Decision> => {
  const observed = (site: Extract<SiteTrace[number], { kind: "observed" }>): Decision => ({
    term: {
      site: site.name,
      name: `−log p(${site.name})`,
      plates: site.plates,
      value: tf.neg(site.dist.logProb(site.value))
    },
    plan: {
      site: site.name,
      plates: site.plates,
      guide: undefined,
      model: show(site.dist),
      kl: undefined,
      gradient: undefined,
      control: undefined,
      because: site.dist.remark ?? `observed, ${site.dist.support} support`
    }
  })
  refuseUnknown(options.estimators, sites)
  const latents = new Map(
    sites.flatMap((site) =>
      site.kind === "latent" ? [[site, latentTerm(recorder, site, mayUsePath(site, options))] as const] : []
    )
  )
  const others = sites.map((site) => (site.kind === "latent" ? undefined : observed(site)))
  const costs = [
    ...[...latents.values()].map(({ term }) => term),
    ...others.flatMap((decision) => (decision === undefined ? [] : [decision.term]))
  ].map((term) => recorder.idOf(term.value))
  const scored = [...latents].filter(([site]) => !mayUsePath(site, options))
  const paths = cutAt(recorder.graph(), new Set(scored.map(([, { draw }]) => draw)))
  const ranges = siteRanges(recorder.graph(), sites, (value) => recorder.idOf(value))
  return sites.map((site, i) => {
    const known = others[i]
    if (site.kind === "observed" && known !== undefined) return known
    const latent = site.kind === "latent" ? latents.get(site) : undefined
    if (site.kind !== "latent" || latent === undefined) throw new Error(`no decision for site '${site.name}'`)
    const choice = chooseEstimator(paths, site, latent.draw, costs, options.estimators[site.name], ranges)
    const sitePlan: SitePlan = {
      site: site.name,
      plates: site.plates,
      guide: show(site.guide),
      model: show(site.prior),
      kl: latent.kl.value,
      gradient: choice.value.name,
      control: choice.value.control(options.particles),
      because: [
        choice.because,
        latent.kl.because,
        ...(site.guide.remark === undefined ? [] : [site.guide.remark])
      ].join("; ")
    }
    return {
      term: choice.value.detached && mayUsePath(site, options) ? latentTerm(recorder, site, false).term : latent.term,
      plan: sitePlan,
      estimator: choice.value,
      draw: latent.draw,
      logQ: () => site.guide.logProb(site.value)
    }
  })
}

const refuseUnknown = (estimators: DeriveOptions["estimators"], sites: SiteTrace): void => {
  const latents = sites.flatMap((site) => (site.kind === "latent" ? [site.name] : []))
  const unknown = Object.keys(estimators).find((name) => !latents.includes(name))
  if (unknown === undefined) return
  throw new InvalidOption({
    option: "estimators",
    value: `for the site '${unknown}'`,
    expected: `names of latent sites: ${latents.join(", ") || "there are none"}`
  })
}

const mayUsePath = ({ name, guide }: LatentSite, { estimators }: DeriveOptions): boolean =>
  hasPath(guide.gradients) && estimators[name]?.detached !== true

/**
 * A latent site's own part of the loss: its KL in closed form where that is right, and log q − log p at the draw otherwise. On a path log q
 * is what was made with the draw; an estimator that takes the draw as given asks for log q of it.
 */
const latentTerm = (recorder: Recorder, site: LatentSite, onPath: boolean) => {
  const draw = recorder.idOf(site.value)
  const closed = closedKl(site.guide, site.prior)
  const kl = chooseKl(recorder.graph(), site, closed === undefined ? undefined : recorder.idOf(closed), draw)
  const analytic = kl.value === "analytic" && closed !== undefined
  const logQ = (): tf.Tensor => (onPath ? site.logQ : site.guide.logProb(site.value))
  const value = analytic ? closed : tf.sub(logQ(), site.prior.logProb(site.value))
  const name = analytic ? `KL(q(${site.name}) ‖ p(${site.name}))` : `log q(${site.name}) − log p(${site.name})`
  return { draw, kl, term: { site: site.name, name, plates: site.plates, value } }
}

interface Surrogate {
  readonly site: string
  readonly loss: tf.Tensor
  readonly nextBaseline: tf.Tensor | undefined
}

const decay = 0.9

/** The estimator's term for one site, from the part of the loss that the site's draw influences. */
const surrogateOf = (
  recorder: Recorder,
  { estimator, draw, logQ, term }: Decision,
  terms: ReadonlyArray<Term>,
  particles: number
): ReadonlyArray<Surrogate> => {
  if (estimator === undefined || draw === undefined || logQ === undefined) return []
  const graph = recorder.graph()
  const influenced = terms.filter(({ value }) => ancestors(graph, [recorder.idOf(value)]).has(draw))
  if (influenced.length === 0 || !estimator.detached) return []
  const cost = influenced
    .map(({ value, plates }) =>
      sumOverPlates(
        value,
        plates.filter((plate) => !term.plates.includes(plate))
      )
    )
    .reduce((sum, x) => tf.add(sum, x))
  let baseline: tf.Tensor | undefined
  const surrogate = estimator.surrogate({
    site: term.site,
    logQ: logQ(),
    cost,
    particles,
    baseline: () => {
      baseline ??= recorder.input(`baseline:${term.site}`, [])
      return baseline
    }
  })
  if (surrogate === undefined) return []
  const loss = sumOverPlates(meanOver(surrogate, "particle"), term.plates)
  if (baseline === undefined) return [{ site: term.site, loss, nextBaseline: undefined }]
  const mean = tf.div(sumOverPlates(meanOver(cost, "particle"), term.plates), sumOverPlates(tf.scalar(1), term.plates))
  return [
    { site: term.site, loss, nextBaseline: stopGradient(tf.add(tf.mul(decay, baseline), tf.mul(1 - decay, mean))) }
  ]
}

/** Every draw is made anew for each particle. */
export const particleOf = (sites: SiteTrace): Along => ({
  name: "particle",
  inputs: new Set(),
  sites: new Set(sites.flatMap((site) => (site.kind === "latent" ? [site.name] : [])))
})

export const platesOf = (sites: SiteTrace, shapes: DataShapes): ReadonlyArray<Along> => {
  const names = new Set(sites.flatMap((site) => site.plates))
  return [...names].map((name) => ({
    name,
    inputs: new Set(Object.keys(shapes.plates[name] ?? {}).map((field) => inputName(field, name))),
    sites: new Set(sites.flatMap((site) => (site.kind === "latent" && site.plates.includes(name) ? [site.name] : [])))
  }))
}

/** A term outside of a plate that depends on one row of it would be added up wrongly. */
const refuseEscape = (graph: Pick<Graph, "nodes">, term: Term, id: Id, plates: ReadonlyArray<Along>): void => {
  for (const plate of plates) {
    if (term.plates.includes(plate.name) || !dependsOn(graph, plate).has(id)) continue
    throw new GuideMismatch({
      site: term.site,
      reason: `it stands outside of the plate '${plate.name}' but depends on a value made for one row inside it`
    })
  }
}

/** A draw becomes what its estimator needs: a constant for the gradient, or part of the path. */
const resolveSamples = (graph: Graph, detached: ReadonlySet<string>): Graph =>
  rebuild(graph, (node, inputs, build) => {
    const [input] = inputs
    if (node.kernel !== "Sample" || input === undefined) return keep(node, inputs, build)
    return detached.has(String(node.attrs["site"])) ? build.add("StopGradient", [input]) : input
  })

const formulaOf = ({ objective, per }: DeriveOptions, sites: SiteTrace, plates: ReadonlyArray<Along>): string => {
  const names = (kind: SiteTrace[number]["kind"]): ReadonlyArray<string> =>
    sites.filter((site) => site.kind === kind).map((site) => site.name)
  const summed = `summed over the plate${plates.length > 1 ? "s" : ""} ${plates.map(({ name }) => `"${name}"`).join(", ")}`
  const scope = [...(per === "datum" ? ["per datum"] : []), ...(plates.length === 0 ? [] : [summed])].join(", ")
  return `maximise  ${objective.formula(names("latent"), names("observed"))}       ${scope}`.trimEnd()
}

const show = (dist: LatentSite["prior"]): string => `${dist.family} ${showShape(dist.shape)}`
