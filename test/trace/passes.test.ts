import { describe, expect, it } from "vitest"
import { print } from "../../src/trace/Graph.ts"
import { dropIdentities } from "../../src/trace/passes/dropIdentities.ts"
import { factorProducts } from "../../src/trace/passes/factorProducts.ts"
import { foldConstants } from "../../src/trace/passes/foldConstants.ts"
import { passes, simplify } from "../../src/trace/passes/index.ts"
import { joinPads } from "../../src/trace/passes/joinPads.ts"
import { liftBroadcasts } from "../../src/trace/passes/liftBroadcasts.ts"
import { mergeFactors } from "../../src/trace/passes/mergeFactors.ts"
import { mergeReshapes } from "../../src/trace/passes/mergeReshapes.ts"
import { prune } from "../../src/trace/passes/prune.ts"
import { shareCommon } from "../../src/trace/passes/shareCommon.ts"
import { sinkBroadcasts } from "../../src/trace/passes/sinkBroadcasts.ts"
import { withMasks, withoutMasks } from "../../src/trace/unitMasks.ts"
import { plainGraph } from "../support/plainGraph.ts"

// These tests run no kernel: graphs are plain data, and what a pass does to one is read off.

const toRow = { shape: [1, 3] }
const toVector = { shape: [3] }

describe("dropIdentities", () => {
  it("removes what returns its input unchanged", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const x = input("x", [3])
      const added = call("Add", [x, constant(0)])
      const scaled = call("Multiply", [constant(1), added], {}, { shape: [3] })
      const divided = call("RealDiv", [scaled, constant(1, [3])])
      const shaped = call("Reshape", [divided], toVector)
      const turned = call("Transpose", [shaped], { perm: [0] })
      const stopped = call("StopGradient", [turned])
      return { y: call("Exp", [call("Sub", [stopped, constant(0)])]) }
    })
    expect(print(prune(dropIdentities(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Exp(%0) : float32[3]
      return y = %1"
    `)
  })

  it("keeps what changes the shape, the type or the value", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const x = input("x", [3])
      const spread = call("Add", [x, constant(0, [2, 3])], {}, { shape: [2, 3] })
      const negated = call("Sub", [constant(0), x], {}, { shape: [3] })
      const inverse = call("RealDiv", [constant(1), x], {}, { shape: [3] })
      const cast = call("Cast", [x], { dtype: "int32" }, { dtype: "int32" })
      const power = call("Pow", [constant(1), x], {}, { shape: [3] })
      return { spread, negated, inverse, cast, power }
    })
    expect(print(dropIdentities(before))).toBe(print(before))
  })
})

describe("withoutMasks", () => {
  const masked = plainGraph(({ input, call }) => {
    const x = input("x", [3])
    const mask = call("StopGradient", [call("Exp", [input("u", [3])])], { mask: true })
    return { y: call("Multiply", [call("StopGradient", [x]), mask]) }
  })

  it("puts ones in the place of masks, unless the graph is said to train", () => {
    expect(print(prune(withoutMasks(masked)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Const() {values=[1,1,1]} : float32[3]
      %2 = StopGradient(%0) : float32[3]
      %3 = Multiply(%2, %1) : float32[3]
      return y = %3"
    `)
    expect(print(prune(withoutMasks(withMasks(masked))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Input() {name="u"} : float32[3]
      %2 = Exp(%1) : float32[3]
      %3 = StopGradient(%0) : float32[3]
      %4 = Multiply(%3, %2) : float32[3]
      return y = %4"
    `)
  })
})

describe("mergeReshapes", () => {
  it("makes a chain of reshapes one", () => {
    const before = plainGraph(({ input, call }) => {
      const row = call("Reshape", [input("x", [3])], toRow, toRow)
      return { y: call("Reshape", [call("Reshape", [row], toVector, toVector)], { shape: [3, 1] }, { shape: [3, 1] }) }
    })
    expect(print(before)).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Reshape(%0) {shape=[1,3]} : float32[1,3]
      %2 = Reshape(%1) {shape=[3]} : float32[3]
      %3 = Reshape(%2) {shape=[3,1]} : float32[3,1]
      return y = %3"
    `)
    expect(print(mergeReshapes(before))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Reshape(%0) {shape=[1,3]} : float32[1,3]
      %2 = Reshape(%0) {shape=[3]} : float32[3]
      %3 = Reshape(%0) {shape=[3,1]} : float32[3,1]
      return y = %3"
    `)
  })
})

describe("foldConstants", () => {
  it("computes what constants that repeat one number give", () => {
    const before = plainGraph(({ constant, call, input }) => {
      const six = call("Multiply", [constant(2, [2]), constant(3)])
      const root = call("Sqrt", [call("Add", [six, constant(3)])])
      return { y: call("Add", [input("x", [2]), root]) }
    })
    expect(print(foldConstants(before))).toMatchInlineSnapshot(`
      "%0 = Const() {values=[2,2]} : float32[2]
      %1 = Const() {values=[3]} : float32[]
      %2 = Const() {values=[6,6]} : float32[2]
      %3 = Const() {values=[3]} : float32[]
      %4 = Const() {values=[9,9]} : float32[2]
      %5 = Const() {values=[3,3]} : float32[2]
      %6 = Input() {name="x"} : float32[2]
      %7 = Add(%6, %5) : float32[2]
      return y = %7"
    `)
  })

  it("leaves constants of several numbers, and kernels without a rule, alone", () => {
    const before = plainGraph(({ constant, call }) => ({
      several: call("Exp", [constant([1, 2], [2])]),
      other: call("Sin", [constant(1)])
    }))
    expect(print(foldConstants(before))).toBe(print(before))
  })

  it("rounds a cast to integers towards zero, and takes what is not zero for true", () => {
    const before = plainGraph(({ constant, call }) => {
      const [half, minus] = [constant(0.5), constant(-2.75)]
      return {
        whole: call("Cast", [minus], { dtype: "int32" }, { dtype: "int32" }),
        yes: call("Cast", [half], { dtype: "bool" }, { dtype: "bool" }),
        alsoYes: call("Cast", [minus], { dtype: "bool" }, { dtype: "bool" }),
        no: call("Cast", [constant(0)], { dtype: "bool" }, { dtype: "bool" })
      }
    })
    expect(print(prune(foldConstants(before)))).toMatchInlineSnapshot(`
      "%0 = Const() {values=[-2]} : int32[]
      %1 = Const() {values=[1]} : bool[]
      %2 = Const() {values=[1]} : bool[]
      %3 = Const() {values=[0]} : bool[]
      return whole = %0, yes = %1, alsoYes = %2, no = %3"
    `)
  })
})

describe("sinkBroadcasts", () => {
  it("lets a factor broadcast where ones were written out", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const spread = call("Multiply", [input("scale", [3]), constant(1, [2, 3])], {}, { shape: [2, 3] })
      return { y: call("Multiply", [spread, input("x", [2, 3])]) }
    })
    expect(print(before)).toMatchInlineSnapshot(`
      "%0 = Input() {name="scale"} : float32[3]
      %1 = Const() {values=[1,1,1,… 6]} : float32[2,3]
      %2 = Multiply(%0, %1) : float32[2,3]
      %3 = Input() {name="x"} : float32[2,3]
      %4 = Multiply(%2, %3) : float32[2,3]
      return y = %4"
    `)
    expect(print(prune(sinkBroadcasts(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="scale"} : float32[3]
      %1 = Input() {name="x"} : float32[2,3]
      %2 = Multiply(%0, %1) : float32[2,3]
      return y = %2"
    `)
  })

  it("makes a constant that repeats one number a scalar beside an operand of the full shape", () => {
    const before = plainGraph(({ input, constant, call }) => ({
      y: call("Sub", [constant(2, [2, 3]), input("x", [2, 3])])
    }))
    expect(print(prune(sinkBroadcasts(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[2,3]
      %1 = Const() {values=[2]} : float32[]
      %2 = Sub(%1, %0) : float32[2,3]
      return y = %2"
    `)
  })

  it("keeps the one operand that gives the result its shape", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const spread = call("Multiply", [input("scale", [3]), constant(1, [2, 3])], {}, { shape: [2, 3] })
      return { y: call("Add", [spread, input("x", [3])]), z: call("Add", [constant(2, [2, 3]), input("x", [3])]) }
    })
    expect(print(sinkBroadcasts(before))).toBe(print(before))
  })
})

describe("liftBroadcasts", () => {
  it("does an op of a spread-out operand before it is spread out", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const full = { shape: [4, 3] }
      const column = call("Reshape", [input("x", [4])], { shape: [4, 1] }, { shape: [4, 1] })
      const spread = call("Multiply", [column, constant(1, [4, 3])], {}, full)
      const half = call("Multiply", [call("Neg", [spread], {}, full), constant(0.5)], {}, full)
      return { y: call("Add", [half, input("y", [4, 3])], {}, full) }
    })
    expect(print(prune(liftBroadcasts(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[4]
      %1 = Reshape(%0) {shape=[4,1]} : float32[4,1]
      %2 = Const() {values=[1,1,1,… 12]} : float32[4,3]
      %3 = Neg(%1) : float32[4,1]
      %4 = Const() {values=[0.5]} : float32[]
      %5 = Multiply(%3, %4) : float32[4,1]
      %6 = Multiply(%5, %2) : float32[4,3]
      %7 = Input() {name="y"} : float32[4,3]
      %8 = Add(%6, %7) : float32[4,3]
      return y = %8"
    `)
    expect(print(simplify(before))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[4]
      %1 = Reshape(%0) {shape=[4,1]} : float32[4,1]
      %2 = Neg(%1) : float32[4,1]
      %3 = Const() {values=[0.5]} : float32[]
      %4 = Multiply(%2, %3) : float32[4,1]
      %5 = Input() {name="y"} : float32[4,3]
      %6 = Add(%4, %5) : float32[4,3]
      return y = %6"
    `)
  })

  it("leaves alone what stands beside another full operand", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const spread = call("Multiply", [input("x", [3]), constant(1, [4, 3])], {}, { shape: [4, 3] })
      return { y: call("Sub", [spread, input("y", [4, 3])], {}, { shape: [4, 3] }) }
    })
    expect(print(liftBroadcasts(before))).toBe(print(before))
  })
})

describe("mergeFactors", () => {
  it("makes two constant factors one", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const half = call("Multiply", [input("x", [3]), constant(0.5)])
      return { y: call("Multiply", [constant(3), half], {}, { shape: [3] }) }
    })
    expect(print(prune(mergeFactors(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[3]
      %1 = Const() {values=[1.5]} : float32[]
      %2 = Multiply(%1, %0) : float32[3]
      return y = %2"
    `)
  })

  it("keeps factors that are vectors or inputs", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const x = input("x", [2])
      const vector = call("Multiply", [constant([2, 3], [2]), x])
      const scaled = call("Multiply", [input("s", []), x], {}, { shape: [2] })
      return {
        y: call("Multiply", [constant(2), vector], {}, { shape: [2] }),
        z: call("Multiply", [scaled, constant(2)])
      }
    })
    expect(print(mergeFactors(before))).toBe(print(before))
  })
})

describe("factorProducts", () => {
  const full = { shape: [4, 3] }
  const weighted = (kernel: string, sign: "same" | "opposite") =>
    plainGraph(({ input, call }) => {
      const w = input("w", [4, 1])
      const left = call("Multiply", [w, input("a", [4, 3])], {}, full)
      const other = sign === "same" ? w : call("Neg", [w])
      return { y: call(kernel, [left, call("Multiply", [input("b", [4, 3]), other], {}, full)], {}, full) }
    })

  it("takes a smaller common factor out of a sum", () => {
    expect(print(prune(factorProducts(weighted("Add", "same"))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="w"} : float32[4,1]
      %1 = Input() {name="a"} : float32[4,3]
      %2 = Input() {name="b"} : float32[4,3]
      %3 = Add(%1, %2) : float32[4,3]
      %4 = Multiply(%0, %3) : float32[4,3]
      return y = %4"
    `)
    expect(print(prune(factorProducts(weighted("Sub", "same"))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="w"} : float32[4,1]
      %1 = Input() {name="a"} : float32[4,3]
      %2 = Input() {name="b"} : float32[4,3]
      %3 = Sub(%1, %2) : float32[4,3]
      %4 = Multiply(%0, %3) : float32[4,3]
      return y = %4"
    `)
  })

  it("looks through a sign", () => {
    expect(print(prune(factorProducts(weighted("Add", "opposite"))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="w"} : float32[4,1]
      %1 = Input() {name="a"} : float32[4,3]
      %2 = Input() {name="b"} : float32[4,3]
      %3 = Sub(%1, %2) : float32[4,3]
      %4 = Multiply(%0, %3) : float32[4,3]
      return y = %4"
    `)
    expect(print(prune(factorProducts(weighted("Sub", "opposite"))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="w"} : float32[4,1]
      %1 = Input() {name="a"} : float32[4,3]
      %2 = Input() {name="b"} : float32[4,3]
      %3 = Add(%1, %2) : float32[4,3]
      %4 = Multiply(%0, %3) : float32[4,3]
      return y = %4"
    `)
  })

  it("leaves alone what has no smaller factor in common", () => {
    const before = plainGraph(({ input, call }) => {
      const [a, b] = [input("a", [4, 3]), input("b", [4, 3])]
      const different = call("Add", [
        call("Multiply", [a, input("v", [4, 1])]),
        call("Multiply", [b, input("w", [4, 1])])
      ])
      return { different, square: call("Add", [call("Multiply", [a, b]), call("Multiply", [a, a])]) }
    })
    expect(print(factorProducts(before))).toBe(print(before))
  })
})

describe("joinPads", () => {
  const padded = (left: [number, number], right: [number, number], constantValue = 0) =>
    plainGraph(({ input, call }) => {
      const pad = (name: string, [before, after]: [number, number]) => {
        const paddings = [
          [0, 0],
          [before, after]
        ]
        return call("PadV2", [input(name, [2, 5 - before - after])], { paddings, constantValue }, { shape: [2, 5] })
      }
      return { y: call("Add", [pad("a", left), pad("b", right)]) }
    })

  it("puts two pieces that zeros keep apart one after the other", () => {
    expect(print(prune(joinPads(padded([0, 3], [2, 0]))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="a"} : float32[2,2]
      %1 = Input() {name="b"} : float32[2,3]
      %2 = Concat(%0, %1) {axis=1} : float32[2,5]
      return y = %2"
    `)
    expect(print(prune(joinPads(padded([3, 0], [0, 2]))))).toMatchInlineSnapshot(`
      "%0 = Input() {name="a"} : float32[2,2]
      %1 = Input() {name="b"} : float32[2,3]
      %2 = Concat(%1, %0) {axis=1} : float32[2,5]
      return y = %2"
    `)
  })

  it("leaves alone pieces that overlap, leave a gap or are padded with another number", () => {
    for (const before of [padded([0, 3], [1, 0]), padded([0, 3], [3, 0]), padded([0, 3], [2, 0], 1)]) {
      expect(print(joinPads(before))).toBe(print(before))
    }
  })
})

describe("shareCommon", () => {
  it("makes nodes that compute the same one node", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const x = input("x", [2])
      const [a, b] = [call("Add", [x, constant(2)]), call("Add", [x, constant(2)])]
      return { y: call("Multiply", [call("Exp", [a]), call("Exp", [b])]) }
    })
    expect(print(before)).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[2]
      %1 = Const() {values=[2]} : float32[]
      %2 = Add(%0, %1) : float32[2]
      %3 = Const() {values=[2]} : float32[]
      %4 = Add(%0, %3) : float32[2]
      %5 = Exp(%2) : float32[2]
      %6 = Exp(%4) : float32[2]
      %7 = Multiply(%5, %6) : float32[2]
      return y = %7"
    `)
    expect(print(prune(shareCommon(before)))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[2]
      %1 = Const() {values=[2]} : float32[]
      %2 = Add(%0, %1) : float32[2]
      %3 = Exp(%2) : float32[2]
      %4 = Multiply(%3, %3) : float32[2]
      return y = %4"
    `)
  })

  it("keeps apart what differs in an attribute, an operand's place, a draw or a constant", () => {
    const before = plainGraph(({ input, noise, constant, call }) => {
      const [x, y] = [input("x", [2]), input("y", [2])]
      const pad = (constantValue: number) => call("PadV2", [x], { paddings: [[0, 1]], constantValue }, toVector)
      return {
        a: call("Sub", [x, y]),
        b: call("Sub", [y, x]),
        c: noise("one", [2]),
        d: noise("two", [2]),
        e: constant([1, 2], [2]),
        f: constant([1, 3], [2]),
        g: constant(1, [2]),
        h: constant(1, [2, 1]),
        i: pad(0),
        j: pad(-0),
        k: pad(Number.POSITIVE_INFINITY),
        l: pad(Number.NEGATIVE_INFINITY),
        m: pad(Number.NaN)
      }
    })
    expect(print(shareCommon(before))).toBe(print(before))
  })
})

describe("prune", () => {
  it("removes what no output depends on", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const [x, unused] = [input("x", [2]), input("unused", [2])]
      call("Exp", [unused])
      constant(3)
      return { y: call("Neg", [x]) }
    })
    expect(print(prune(before))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[2]
      %1 = Neg(%0) : float32[2]
      return y = %1"
    `)
  })
})

describe("simplify", () => {
  it("runs the passes in one visible order", () => {
    expect(Object.keys(passes)).toMatchInlineSnapshot(`
      [
        "withoutMasks",
        "dropIdentities",
        "mergeReshapes",
        "foldConstants",
        "liftBroadcasts",
        "sinkBroadcasts",
        "mergeFactors",
        "factorProducts",
        "joinPads",
        "hoistFromScans",
        "shareCommon",
        "prune",
        "joinAlike",
        "expandSpecial",
      ]
    `)
  })

  it("goes on until no pass finds anything more to do, also when a round only rewires", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const c = constant(2)
      return { c, y: call("Exp", [call("Add", [input("x", [3]), call("Sub", [c, c])])]) }
    })
    expect(print(simplify(before))).toMatchInlineSnapshot(`
      "%0 = Const() {values=[2]} : float32[]
      %1 = Input() {name="x"} : float32[3]
      %2 = Exp(%1) : float32[3]
      return c = %0, y = %2"
    `)
  })

  it("takes the gradient of a mean of squares down to what one would write", () => {
    const before = plainGraph(({ input, constant, call }) => {
      const x = input("x", [4, 3])
      const one = constant(1)
      const spread = call("Reshape", [one], { shape: [1, 1] }, { shape: [1, 1] })
      const ones = call("Multiply", [spread, constant(1, [4, 3])], {}, { shape: [4, 3] })
      const mean = call("RealDiv", [ones, constant(12)])
      const twice = call("Multiply", [x, constant(2)])
      return {
        y: call(
          "Reshape",
          [call("Reshape", [call("Multiply", [mean, twice])], { shape: [12] }, { shape: [12] })],
          { shape: [4, 3] },
          { shape: [4, 3] }
        )
      }
    })
    expect(print(simplify(before))).toMatchInlineSnapshot(`
      "%0 = Input() {name="x"} : float32[4,3]
      %1 = Const() {values=[0.1666666716337204]} : float32[]
      %2 = Multiply(%1, %0) : float32[4,3]
      return y = %2"
    `)
  })
})
