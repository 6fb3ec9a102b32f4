// The whole idea of the library, with nothing imported from it: numbers stand in for tensors, and a loop for vectorised graphs.
// Left out: plates, a name that is used twice, handlers, nets, compiled engines.
import { Context, Effect } from "effect"

/** A number, its derivatives by parameter, and the draws that it depends on: true where an operation on the way jumps. */
export type Num = Readonly<{ value: number; slopes: Numbers; reach: Record<string, boolean> }>
type Numbers = Record<string, number>
type Numeric = Num | number
const lift = (x: Numeric): Num => (typeof x === "number" ? { value: x, slopes: {}, reach: {} } : x)
/** A function of some numbers, given its derivative by each (the chain rule), and whether it jumps. */
const op = (value: number, ...inputs: ReadonlyArray<readonly [Num, number, jumps?: boolean]>): Num => {
  const result = { value, slopes: {}, reach: {} } as Num
  for (const [{ slopes, reach }, slope, jumps = false] of inputs) {
    for (const name in slopes) result.slopes[name] = (result.slopes[name] ?? 0) + slope * (slopes[name] ?? 0)
    for (const site in reach) result.reach[site] ||= jumps || reach[site] === true
  }
  return result
}
export const add = (...xs: ReadonlyArray<Numeric>): Num => op(total(xs), ...xs.map((x) => [lift(x), 1] as const))
export const mul = (x: Numeric, y: Num, a = lift(x)): Num => op(a.value * y.value, [a, y.value], [y, a.value])
export const exp = (x: Num): Num => op(Math.exp(x.value), [x, Math.exp(x.value)])
export const isPositive = (x: Num): Num => op(Number(x.value > 0), [x, 0, true])
const neg = (x: Num): Num => mul(-1, x)
const softplus = (x: Num): Num => op(Math.log1p(Math.exp(x.value)), [x, sigmoid(x.value)])
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const total = (xs: ReadonlyArray<Numeric>): number => xs.reduce((sum: number, x) => sum + lift(x).value, 0)

/** A distribution: its density, a draw from random numbers in (0, 1), and what may carry a gradient: the draw (`path`) or its density (`score`). */
export type Dist<S = unknown> = Family<S> & Readonly<{ logProb: (x: Num) => Num; draw: (random: () => number) => Num }>
type Family<S> = Readonly<{ family: string; support: S; params: ReadonlyArray<Num>; path: boolean; score: boolean }>
export const Normal = (mean: Numeric, logScale: Numeric, m = lift(mean), s = lift(logScale)): Dist<"real"> => ({
  ...({ family: "Normal", support: "real", params: [m, s], path: true, score: true } as const),
  logProb: (x, z = mul(add(x, neg(m)), exp(neg(s)))) => add(mul(mul(-0.5, z), z), neg(s), -0.5 * Math.log(2 * Math.PI)),
  draw: (random) => add(m, mul(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()), exp(s)))
})
export const Bernoulli = (logits: Numeric, l = lift(logits)): Dist<"boolean"> => ({
  ...({ family: "Bernoulli", support: "boolean", params: [l], path: false, score: true } as const),
  logProb: (x) => add(mul(x, l), neg(softplus(l))),
  draw: (random) => op(Number(random() < sigmoid(l.value)), [l, 0])
})
const closedKl = (q: Dist, p: Dist, [m, s, n, t] = [...q.params, ...p.params]): Num | undefined => {
  if (q.family !== "Normal" || p.family !== "Normal" || !m || !s || !n || !t) return undefined
  const gap = mul(add(m, neg(n)), exp(neg(t)))
  return add(t, neg(s), -0.5, mul(0.5, exp(mul(2, add(s, neg(t))))), mul(mul(0.5, gap), gap))
}

/** Sites stand in the requirements of an Effect, by kind, name and support; whoever runs the program says what they do. */
export type Site<Kind, Name, Support> = Readonly<{ kind: Kind; name: Name; support: Support }>
type Handler = (name: string, dist: Dist, datum?: number) => Num
class Interpreter extends Context.Service<Interpreter, Handler>()("mini/Interpreter") {}
const ask = <R>(...site: Parameters<Handler>): Effect.Effect<Num, never, R> =>
  Effect.map(Interpreter, (handle) => handle(...site)) as Effect.Effect<Num, never, never>
export const sample = <const N extends string, S>(name: N, dist: Dist<S>) => ask<Site<"latent", N, S>>(name, dist)
export const observe = <const N extends string, S>(n: N, d: Dist<S>, x: number) => ask<Site<"data", N, S>>(n, d, x)
type Program<R> = Effect.Effect<unknown, never, R>
const run = (program: Program<unknown>, handle: Handler): unknown =>
  Effect.runSync(Effect.provideService(program as Program<Interpreter>, Interpreter, handle))

/** A guide has exactly the model's latent sites, with their supports; otherwise it does not compile, for want of what this type says. */
type Check<M, G, L = Extract<M, Site<"latent", unknown, unknown>>> = [Exclude<L, G> | Exclude<G, L>] extends [never]
  ? unknown
  : { readonly guideLacks: Exclude<L, G>; readonly modelLacks: Exclude<G, L> }

/** The first that applies is taken; a site for which none does is refused. Kingma and Welling 2014; Williams 1992. */
const estimators: ReadonlyArray<readonly [string, string, (q: Dist, jumps: boolean) => boolean]> = [
  ["reparameterized", "the loss is smooth in the draw", (q, jumps) => q.path && !jumps],
  ["score function", "the draw has no path, or the loss jumps along it", (q) => q.score]
]

/** The plan and the gradients for a model and its guide, both written for one datum. Parameters begin at 0. */
export const infer = <D, M, G>(
  model: (datum: D) => Program<M>,
  guide: (datum: D, param: (name: string) => Num) => Program<G> & Check<M, G>,
  data: readonly [D, ...ReadonlyArray<D>],
  random = uniform(1)
) => {
  /** One run: the guide draws, the model scores, and the terms of −ELBO remain. A draw that is `given` has no derivatives. */
  const terms = (datum: D, values: Numbers, given: ReadonlySet<string>) => {
    const [latents, costs] = [new Map<string, { q: Dist; z: Num; kl: string }>(), [] as Num[]]
    const param = (name: string): Num => ({ value: values[name] ?? 0, slopes: { [name]: 1 }, reach: {} })
    run(guide(datum, param), (site, q) => {
      const draw = q.draw(random)
      const z = { ...draw, slopes: given.has(site) ? {} : draw.slopes, reach: { ...draw.reach, [site]: false } }
      latents.set(site, { q, z, kl: "sampled" })
      return z
    })
    run(model(datum), (site, p, x = Number.NaN) => {
      const { q, z } = latents.get(site) ?? { z: lift(x) }
      const closed = q && !p.params.some(({ reach }) => site in reach) ? closedKl(q, p) : undefined
      if (q && closed) latents.set(site, { q, z, kl: "analytic" })
      costs.push(closed ?? add(q?.logProb(z) ?? 0, neg(p.logProb(z))))
      return z
    })
    return { latents: [...latents], costs }
  }
  const once = terms(data[0], {}, new Set())
  const plan = once.latents.map(([site, { q, kl }]) => {
    const differentiated = [...once.costs, ...once.latents.flatMap(([, latent]) => latent.q.params)]
    const jumps = differentiated.some(({ reach }) => reach[site])
    const [gradient = "refused", because = "no path without jumps, and no score function"] =
      estimators.find(([, , applies]) => applies(q, jumps)) ?? []
    return { site, kl, gradient, because }
  })
  const scored = new Set(plan.filter(({ gradient }) => gradient === "score function").map(({ site }) => site))
  const reached = (costs: ReadonlyArray<Num>, site: string): number => total(costs.filter(({ reach }) => site in reach))
  /** A score function weighs the costs that a draw reaches, less those of an independent second run (Kool, van Hoof and Welling 2019). */
  const loss = (datum: D, values: Numbers): Num => {
    const [one, other] = [terms(datum, values, scored), terms(datum, values, scored)]
    const gap = (site: string): number => reached(one.costs, site) - reached(other.costs, site)
    const surrogates = one.latents.map(([site, { q, z }]) => (scored.has(site) ? mul(gap(site), q.logProb(z)) : 0))
    return { ...add(...one.costs, ...surrogates), value: total(one.costs) }
  }
  /** −ELBO per datum, and an unbiased estimate of its gradient. */
  const step = (values: Numbers): Num => mul(1 / data.length, add(...data.map((datum) => loss(datum, values))))
  const fit = (steps: number, rate: number): Numbers => {
    if (plan.some(({ gradient }) => gradient === "refused")) throw new Error("the plan refuses a site")
    const values: Numbers = {}
    for (let i = 0; i < steps; i++)
      for (const [name, slope] of Object.entries(step(values).slopes))
        values[name] = (values[name] ?? 0) - rate * (1 - i / steps) * slope
    return values
  }
  return { plan, step, fit }
}
const uniform = (seed: number) => () => (seed = (seed * 48271) % 2147483647) / 2147483647

// Is the heating on in a room whose temperature t is only measured, as x? Bayes' rule for normal distributions gives the exact posterior.
const room = (x: number) =>
  Effect.gen(function* () {
    const on = yield* sample("on", Bernoulli(-0.4))
    const t = yield* sample("t", Normal(add(-1, mul(2.5, on)), 0))
    yield* observe("x", Normal(t, Math.log(0.5)), x)
  })
const exact = { odds: -0.9, slope: 2, mean: -0.2, shift: 0.5, gain: 0.8, logScale: -0.5 * Math.log(5) }
const posterior = (x: number, param: (name: string) => Num) =>
  Effect.gen(function* () {
    const on = yield* sample("on", Bernoulli(add(param("odds"), mul(x, param("slope")))))
    yield* sample("t", Normal(add(param("mean"), mul(on, param("shift")), mul(x, param("gain"))), param("logScale")))
  })
export const heating = infer(room, posterior, [0, ...Array.from({ length: 24 }, (_, i) => i / 6 - 2)])
// @ts-expect-error missing … { readonly guideLacks: Readonly<{ kind: "latent"; name: "t"; support: "real"; }> … }
export const wrong = () => infer(room, (_, param) => sample("on", Bernoulli(param("odds"))), [0])
const edge = (x: number) => Effect.flatMap(sample("t", Normal(0, 0)), (t) => observe("x", Normal(isPositive(t), 0), x))
const atEdge = (score: boolean) => infer(edge, (_, param) => sample("t", { ...Normal(param("m"), 0), score }), [1])
for (const { plan } of [heating, atEdge(true), atEdge(false)]) console.table(plan)
export const fitted = heating.fit(1000, 0.1)
console.table({ fitted, exact })
// The noise of the fit leaves the odds and the slope uncertain by 0.05, and the rest by 0.01 (standard deviations over seeds).
const off = Object.entries(exact).filter(([name, value]) => !(Math.abs((fitted[name] ?? Number.NaN) - value) < 0.2))
if (off.length > 0) throw new Error(`the fit is off the exact posterior: ${off.join()}`)
