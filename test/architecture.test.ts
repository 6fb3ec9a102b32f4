import { readdirSync, readFileSync } from "node:fs"
import { basename, dirname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"

/** The layers of docs/architecture.md as a test: who may import whom, in types too, and how files are named and sized. */
const root = fileURLToPath(new URL("..", import.meta.url))

const below = ["Errors.ts", "host.ts", "display.ts", "version.ts"]
const programs = ["tensor", "dist", "model"]
const machines = ["tensor", "trace", "engine"]
const dependencies = [...below, ...programs, "trace"]

/** The parts of src/infer, each after those that it may read. */
const infer = [
  "joint",
  "guide",
  "objective",
  "estimator",
  "plan",
  "step",
  "run",
  "fit",
  "fitted",
  "mcmc",
  "program",
  "diagnose"
]
const everythingBut = (...left: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...dependencies, "dist/Support.ts", "engine", "data", ...infer.map((part) => `infer/${part}`)].filter(
    (part) => !left.includes(part)
  )

/**
 * What each part of src may import beside itself. A part is a folder with all that lies in it, or a file; the longest name that fits counts.
 */
const mayImport: Readonly<Record<string, ReadonlyArray<string>>> = {
  "Errors.ts": [],
  "host.ts": [],
  "display.ts": [],
  "version.ts": [],
  tensor: below,
  "dist/Support.ts": [...below, "tensor", "dist"],
  dist: [...below, "tensor", "dist/Support.ts"],
  data: [...below, "tensor", "dist/Support.ts"],
  // the type of a program says to which data it is fitted
  model: [...below, "tensor", "dist", "dist/Support.ts", "data"],
  trace: [...below, "tensor"],
  engine: [...below, "tensor", "trace"],
  "infer/joint": [...dependencies, "dist/Support.ts"],
  // makes ordinary guides of automatic ones
  "infer/guide": [...dependencies, "dist/Support.ts", "engine", "infer/joint"],
  "infer/objective": [...dependencies, "infer/joint"],
  "infer/estimator": [...dependencies, "dist/Support.ts", "infer/joint"],
  "infer/plan": [...dependencies, "dist/Support.ts", "infer/joint", "infer/objective", "infer/estimator"],
  "infer/step": [...dependencies, "engine", "infer/joint", "infer/objective", "infer/estimator", "infer/plan"],
  // runs steps: it knows a joint as plain data, and nothing of programs
  "infer/run": [...below, ...machines, "data", "dist/Support.ts", "infer/joint", "infer/step"],
  "infer/fit": everythingBut("infer/fit", "infer/fitted", "infer/program", "infer/mcmc", "infer/diagnose"),
  "infer/fitted": everythingBut("infer/fitted", "infer/program", "infer/mcmc", "infer/diagnose"),
  "infer/mcmc": everythingBut("infer/program", "infer/mcmc", "infer/diagnose"),
  "infer/diagnose": everythingBut("infer/program", "infer/diagnose"),
  "infer/program": everythingBut("infer/program"),
  cli: [...below, "engine", "trace"],
  "index.ts": everythingBut("cli")
}

interface Import {
  readonly target: string
  /** the names that are taken, or all of them */
  readonly names: ReadonlyArray<string> | "all"
}
interface Source {
  /** relative to the repository, with slashes */
  readonly path: string
  readonly text: string
  readonly imports: ReadonlyArray<Import>
}

const clauses =
  /(?:^|\n)(?:import|export)\s+(?:type\s+)?(?:(\*(?:\s+as\s+\w+)?)|\{([^}]*)\}|\w+)\s+from\s+"(\.[^"]+)"|(?:^|\n)import\s+"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)/g

const read = (folder: string): ReadonlyArray<Source> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const path = `${folder}/${name.replaceAll("\\", "/")}`
      const text = readFileSync(join(root, path), "utf8")
      const imports = [...text.matchAll(clauses)].map(([, , names, from, bare, lazy]): Import => {
        const target = normalize(join(dirname(path), from ?? bare ?? lazy ?? "")).replaceAll("\\", "/")
        return { target, names: names === undefined ? (bare === undefined ? "all" : []) : taken(names) }
      })
      return { path, text, imports }
    })

const taken = (names: string): ReadonlyArray<string> =>
  names.split(",").flatMap((each) => {
    const name = each
      .trim()
      .replace(/^type /, "")
      .split(" as ")[0]
    return name === undefined || name === "" ? [] : [name]
  })

const sources = read("src")
const inSource = (path: string): string => path.replace(/^src\//, "")
const partOf = (path: string): string =>
  Object.keys(mayImport)
    .filter((part) => path === part || path.startsWith(`${part}/`))
    .toSorted((a, b) => b.length - a.length)[0] ?? dirname(path)

const partEdges = sources.flatMap(({ path, imports }) =>
  imports
    .filter(({ target }) => target.startsWith("src/"))
    .map(({ target }) => ({ path, target, from: partOf(inSource(path)), to: partOf(inSource(target)) }))
)

/** A cycle in a graph, as the nodes along it, or none. */
const cycle = (edges: ReadonlyMap<string, ReadonlyArray<string>>): ReadonlyArray<string> | undefined => {
  const done = new Set<string>()
  const visit = (node: string, trail: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
    if (trail.includes(node)) return [...trail.slice(trail.indexOf(node)), node]
    if (done.has(node)) return undefined
    for (const next of edges.get(node) ?? []) {
      const found = visit(next, [...trail, node])
      if (found !== undefined) return found
    }
    done.add(node)
    return undefined
  }
  for (const node of edges.keys()) {
    const found = visit(node, [])
    if (found !== undefined) return found
  }
  return undefined
}

describe("who imports whom in src", () => {
  test("each file is in a part that has a rule", () => {
    const without = sources.map(({ path }) => partOf(inSource(path))).filter((part) => !(part in mayImport))
    expect(without).toEqual([])
  })

  test("a part imports only what its row allows", () => {
    const wrong = partEdges.filter(({ from, to }) => {
      if (from === to) return false
      return !mayImport[from]?.includes(to)
    })
    expect(wrong.map(({ path, target }) => `${path} imports ${target}`)).toEqual([])
  })

  test("there is no cycle of rows, so none of parts", () => {
    const rows = new Map(Object.entries(mayImport).map(([part, allowed]) => [part, allowed]))
    // the table of supports is a part of its own only for what imports it
    rows.set("dist/Support.ts", ["tensor"])
    expect(cycle(rows)).toBeUndefined()
    expect(
      cycle(
        new Map([
          ["a", ["b"]],
          ["b", ["c"]],
          ["c", ["b"]]
        ])
      )
    ).toEqual(["b", "c", "b"])
  })

  test("there is no cycle of files", () => {
    expect(
      cycle(new Map(sources.map(({ path, imports }) => [path, imports.map(({ target }) => target)])))
    ).toBeUndefined()
  })

  test("index.ts gives names and does nothing else", () => {
    const index = sources.find(({ path }) => path === "src/index.ts")?.text ?? ""
    const exports = /export (?:type )?(?:\*|\{[^}]*\}) from "[^"]+"|\/\/.*/g
    expect(index.replaceAll(exports, "").trim()).toBe("")
  })
})

/** A folder whose files are named after those of others, because each serves the one of its name. */
const mirrors: Readonly<Record<string, ReadonlyArray<string>>> = {
  "tensor/draws": ["dist", "tensor/special"], // the draws of a distribution
  "tensor/special": ["dist", "tensor/draws"], // the functions in the formulas of a distribution
  "dist/divergence/kl": ["dist", "dist/combine", "tensor/draws", "tensor/special"], // the divergences of a distribution
  "dist/divergence/renyi": ["dist/divergence/kl"], // the two tables of divergences
  "engine/onnx/rules": ["trace/kernels"], // how the kernels of a group are written in ONNX
  "engine/tensorflow": ["engine/onnx"], // the same stages of two lowerings
  "engine/tensorflow/xla": ["engine/onnx", "engine/tensorflow"], // another session of the same engine
  "engine/stablehlo": ["engine/onnx", "engine/tensorflow"], // the same stages of a third lowering
  "engine/stablehlo/rules": ["trace/kernels", "engine/onnx/rules"] // how the kernels of a group are written in StableHLO
}

/** Names that are allowed more than once, with the reason. */
const repeated: Readonly<Record<string, string>> = {
  "index.ts": "the door of a folder",
  "autoregressive.ts": "the distribution, and the flow of the same dependence",
  "special.ts": "the special functions, and the rows of their kernels",
  "elementwise.ts": "transforms, kernels and rules that act number by number",
  "chain.ts": "of states in time, and of transforms; one should get a name of its own",
  "counts.ts": "draws of counts, and divergences of their distributions",
  "linear.ts": "the flow, and the kernels of linear algebra; one should get a name of its own"
}

describe("the files of src", () => {
  test("have at most 320 lines", () => {
    const sizes = sources
      .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }))
      .toSorted((a, b) => b.lines - a.lines)
    console.info(`longest file: ${sizes[0]?.path}, ${sizes[0]?.lines} lines`)
    expect(sizes.filter(({ lines }) => lines > 320)).toEqual([])
  })

  test("have names of their own, whatever the case of their letters", () => {
    const name = (path: string): string => basename(path).toLowerCase()
    const folder = (path: string): string => inSource(dirname(path))
    const mirror = (a: string, b: string): boolean => mirrors[folder(a)]?.includes(folder(b)) ?? false
    const paths = sources.map(({ path }) => path)
    const clashes = paths.flatMap((a, i) =>
      paths.slice(i + 1).flatMap((b) => {
        const allowed = name(a) in repeated || mirror(a, b) || mirror(b, a)
        return name(a) === name(b) && !allowed ? [`${a} and ${b}`] : []
      })
    )
    expect(clashes).toEqual([])
    const known = new Set(paths.map(name))
    expect(Object.keys(repeated).filter((each) => !known.has(each))).toEqual([])
  })

  test("export nothing that nobody imports", () => {
    const all = [...sources, ...["test", "examples", "bench", "scripts", "typetest"].flatMap(read)]
    const used = new Map<string, Set<string>>()
    for (const { target, names } of all.flatMap(({ imports }) => imports)) {
      const known = used.get(target) ?? used.set(target, new Set()).get(target)
      for (const name of names === "all" ? ["*"] : names) known?.add(name)
    }
    const unused = sources.flatMap(({ path, text }) => {
      const names = used.get(path) ?? new Set()
      if (names.has("*")) return []
      const exported = [...text.matchAll(/\nexport (?:(const|function|class)|interface|type) (\w+)/g)]
      return exported.flatMap(([, value, name = ""]) => {
        // a type may have a name for the sake of a value that is exported
        const inside = value === undefined && [...text.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length > 1
        return names.has(name) || inside ? [] : [`${path}: ${name}`]
      })
    })
    expect(unused).toEqual([])
  })
})
