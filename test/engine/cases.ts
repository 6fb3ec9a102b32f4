import type { DType } from "../../src/trace/Graph.ts"

/** The numbers that an operand is drawn from. */
export type Domain = readonly [number, number]

export interface OperandCase {
  readonly shape: ReadonlyArray<number>
  readonly dtype: DType
  readonly domain: Domain
}

/** One call of a tfjs kernel: its operands by tfjs's names, and its attributes. */
export interface Case {
  readonly operands: Readonly<Record<string, OperandCase>>
  readonly attrs?: Readonly<Record<string, unknown>>
  /** how far apart the engines may be, relative to 1 + |value| (tfjs computes some functions by approximations) */
  readonly tolerance?: number
}

const f = (shape: ReadonlyArray<number>, domain: Domain = [-3, 3]): OperandCase => ({ shape, dtype: "float32", domain })
const i = (shape: ReadonlyArray<number>, domain: Domain = [-9, 9]): OperandCase => ({ shape, dtype: "int32", domain })
const b = (shape: ReadonlyArray<number>): OperandCase => ({ shape, dtype: "bool", domain: [0, 1.99] })

const shapes = [[], [5], [3, 4], [2, 3, 4], [2, 1, 3, 2]]
const pairs = [
  [[], []],
  [[3], []],
  [[4], [3, 4]],
  [
    [3, 1],
    [1, 4]
  ],
  [[2, 3, 4], [4]],
  [
    [2, 1, 3, 1],
    [5, 1, 2]
  ]
] as const

const unary = (domain?: Domain, more: Partial<Case> = {}): ReadonlyArray<Case> => [
  ...shapes.map((shape) => ({ operands: { x: f(shape, domain) }, ...more }))
]
const binary = (da?: Domain, db?: Domain, more: Partial<Case> = {}): ReadonlyArray<Case> =>
  pairs.flatMap(([a, b]) => [
    { operands: { a: f(a, da), b: f(b, db) }, ...more },
    { operands: { a: f(b, da), b: f(a, db) }, ...more }
  ])
const integers = (db?: Domain): ReadonlyArray<Case> => [{ operands: { a: i([3, 4]), b: i([4], db) } }]
const comparison: ReadonlyArray<Case> = [
  ...binary(),
  ...integers(),
  { operands: { a: i([40], [0, 3]), b: i([40], [0, 3]) } }
]
const logic: ReadonlyArray<Case> = [{ operands: { a: b([3, 4]), b: b([4]) } }, { operands: { a: b([]), b: b([2, 3]) } }]

const reduction = (operand: (shape: ReadonlyArray<number>) => OperandCase = f): ReadonlyArray<Case> => [
  { operands: { x: operand([]) }, attrs: { axis: [], keepDims: false } },
  { operands: { x: operand([6]) }, attrs: { keepDims: false } },
  { operands: { x: operand([3, 4]) }, attrs: { axis: 1, keepDims: true } },
  { operands: { x: operand([3, 4]) }, attrs: { axis: [0], keepDims: false } },
  { operands: { x: operand([2, 3, 4]) }, attrs: { axis: [-1], keepDims: false } },
  { operands: { x: operand([2, 3, 4]) }, attrs: { axis: [0, 2], keepDims: true } },
  { operands: { x: operand([2, 3, 2, 2]) }, attrs: { keepDims: true } }
]
const scan: ReadonlyArray<Case> = [
  { operands: { x: f([6]) }, attrs: { axis: 0, exclusive: false, reverse: false } },
  { operands: { x: f([2, 5]) }, attrs: { axis: 1, exclusive: true, reverse: false } },
  { operands: { x: f([2, 5]) }, attrs: { axis: 1, exclusive: false, reverse: true } },
  { operands: { x: f([2, 3, 7]) }, attrs: { axis: 2, exclusive: true, reverse: true } }
]
const search: ReadonlyArray<Case> = [
  { operands: { x: f([6]) }, attrs: { axis: 0 } },
  { operands: { x: f([3, 4]) }, attrs: { axis: 1 } },
  { operands: { x: i([2, 3, 4], [0, 3]) }, attrs: { axis: [0] } }
]
const product = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, transposeA = false, transposeB = false): Case => ({
  operands: { a: f(a), b: f(b) },
  attrs: { transposeA, transposeB }
})
const list = (operands: ReadonlyArray<OperandCase>, attrs: Case["attrs"] = {}): Case => ({
  operands: Object.fromEntries(operands.map((operand, n) => [n, operand])),
  attrs
})

/** For each kernel that ONNX lowers, calls to hold against tfjs's own. */
export const cases: Readonly<Record<string, ReadonlyArray<Case>>> = {
  Add: [...binary(), ...integers()],
  Sub: [...binary(), ...integers()],
  Multiply: [...binary(), ...integers()],
  RealDiv: binary(undefined, [0.5, 3]),
  Maximum: [...binary(), ...integers()],
  Minimum: [...binary(), ...integers()],
  Pow: binary([0.1, 3], [-2, 3]),
  Atan2: [...binary(), { operands: { a: i([30], [-1, 2]), b: i([30], [-1, 2]) } }],
  SquaredDifference: binary(),
  FloorDiv: [...binary(undefined, [0.5, 3]), ...integers([1, 4]), ...integers([-4, -1])],
  Mod: [...binary(undefined, [0.5, 3]), ...binary(undefined, [-3, -0.5]), ...integers([1, 4])],
  AddN: [list([f([3, 4]), f([3, 4]), f([3, 4])])],
  Prelu: [{ operands: { x: f([3, 4]), alpha: f([4]) } }, { operands: { x: f([2, 3]), alpha: f([]) } }],
  Neg: [...unary(), { operands: { x: i([4]) } }],
  Abs: [...unary(), { operands: { x: i([4]) } }],
  Exp: unary(),
  Expm1: [...unary(), ...unary([-1e-4, 1e-4], { tolerance: 3e-11 })],
  Log: unary([0.01, 9]),
  Log1p: [...unary([-0.9, 9]), ...unary([-1e-4, 1e-4], { tolerance: 3e-11 })],
  Sqrt: unary([0, 9]),
  Rsqrt: unary([0.1, 9]),
  Square: unary(),
  Reciprocal: unary([0.1, 3]),
  Sign: [...unary(), { operands: { x: i([20], [-1, 2]) } }],
  Floor: unary(),
  Ceil: unary(),
  Round: [...unary(), { operands: { x: f([12], [0.5, 0.5]) } }, { operands: { x: f([12], [-1.5, -1.5]) } }],
  Sin: unary(),
  Cos: unary(),
  Tan: unary([-1.4, 1.4]),
  Asin: unary([-1, 1]),
  Acos: unary([-1, 1]),
  Atan: unary(),
  Sinh: unary(),
  Cosh: unary(),
  Asinh: unary(),
  Acosh: unary([1.01, 5]),
  Atanh: unary([-0.95, 0.95]),
  Tanh: unary(),
  Sigmoid: [...unary(), ...unary([-40, 40])],
  Erf: unary(),
  Relu: unary(),
  Relu6: unary([-3, 9]),
  LeakyRelu: unary(undefined, { attrs: { alpha: 0.3 } }),
  Elu: unary(),
  Selu: unary(),
  Softplus: [
    ...unary([-30, 30]),
    { operands: { x: f([80, 60], [-30, 30]) } },
    { operands: { x: f([80, 60], [-20, -10]) }, tolerance: 1e-9 }
  ],
  Step: [...unary(undefined, { attrs: { alpha: 0 } }), ...unary(undefined, { attrs: { alpha: -1 } })],
  ClipByValue: unary(undefined, { attrs: { clipValueMin: -1, clipValueMax: 0.5 } }),
  EluGrad: [{ operands: { dy: f([3, 4]), y: f([3, 4], [-0.9, 2]) } }],
  IsNan: unary(),
  IsInf: unary(),
  IsFinite: unary(),
  Greater: comparison,
  GreaterEqual: comparison,
  Less: comparison,
  LessEqual: comparison,
  Equal: comparison,
  NotEqual: comparison,
  LogicalAnd: logic,
  LogicalOr: logic,
  LogicalNot: [{ operands: { x: b([3, 4]) } }, { operands: { x: b([]) } }],
  Select: [
    { operands: { condition: b([3, 4]), t: f([3, 4]), e: f([3, 4]) } },
    { operands: { condition: b([]), t: f([]), e: f([]) } },
    { operands: { condition: b([5]), t: i([5]), e: i([5]) } },
    { operands: { condition: b([5]), t: b([5]), e: b([5]) } }
  ],
  Cast: [
    { operands: { x: f([9]) }, attrs: { dtype: "int32" } },
    { operands: { x: b([3, 3]) }, attrs: { dtype: "float32" } },
    { operands: { x: i([9], [-1, 2]) }, attrs: { dtype: "bool" } },
    { operands: { x: i([2, 2]) }, attrs: { dtype: "float32" } }
  ],
  Identity: unary(),
  StopGradient: unary(),
  Sample: unary(),

  Sum: [...reduction(), ...reduction(i), ...reduction(b)],
  Mean: [...reduction(), ...reduction(i)],
  Max: [...reduction(), ...reduction(i)].map(({ operands, attrs: { axis, ...attrs } = {} }) => ({
    operands,
    attrs: { ...attrs, reductionIndices: axis }
  })),
  Min: [...reduction(), ...reduction(i)],
  Prod: [...reduction(), ...reduction((shape) => i(shape, [1, 2]))],
  All: reduction(b),
  Any: reduction(b),
  ArgMax: search,
  ArgMin: search,
  Cumsum: [...scan, { operands: { x: i([6]) }, attrs: { axis: 0, exclusive: false, reverse: false } }],
  Cumprod: scan,
  Softmax: [
    { operands: { logits: f([6]) }, attrs: { dim: 0 } },
    { operands: { logits: f([3, 4]) }, attrs: { dim: 1 } },
    { operands: { logits: f([2, 3, 4]) }, attrs: { dim: 2 } }
  ],
  BatchMatMul: [
    product([3, 4], [4, 5]),
    product([4, 3], [4, 5], true),
    product([3, 4], [5, 4], false, true),
    product([4, 3], [5, 4], true, true),
    product([1, 3, 4], [1, 4, 5]),
    product([2, 3, 4], [2, 4, 5]),
    product([2, 4, 3], [2, 5, 4], true, true),
    product([2, 3, 4], [1, 5, 4], false, true),
    product([1, 4, 3], [3, 4, 5], true),
    product([2, 3, 3, 4], [2, 3, 4, 5])
  ],
  _FusedMatMul: ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"].map((activation) => ({
    operands: { a: f([1, 3, 4]), b: f([1, 4, 5]), bias: f([5]) },
    attrs: { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0.1 }
  })),
  Einsum: [
    list([f([3, 4]), f([4, 5])], { equation: "ij,jk->ik" }),
    list([f([2, 3, 4]), f([2, 4])], { equation: "bij,bj->bi" }),
    list([f([3, 4])], { equation: "ij->ji" })
  ],

  Reshape: [
    { operands: { x: f([3, 4]) }, attrs: { shape: [2, 6] } },
    { operands: { x: f([]) }, attrs: { shape: [1, 1] } },
    { operands: { x: b([4]) }, attrs: { shape: [2, -1] } },
    { operands: { x: i([1]) }, attrs: { shape: [] } }
  ],
  ExpandDims: [
    { operands: { input: f([3, 4]) }, attrs: { dim: 1 } },
    { operands: { input: f([]) }, attrs: { dim: 0 } }
  ],
  Transpose: [
    { operands: { x: f([3, 4]) }, attrs: { perm: [1, 0] } },
    { operands: { x: i([2, 3, 4]) }, attrs: { perm: [2, 0, 1] } },
    { operands: { x: f([2, 3, 2, 4]) }, attrs: { perm: [0, 2, 1, 3] } }
  ],
  Tile: [
    { operands: { x: f([3]) }, attrs: { reps: [2] } },
    { operands: { x: f([1, 3]) }, attrs: { reps: [4, 1] } },
    { operands: { x: i([2, 1, 2]) }, attrs: { reps: [1, 3, 2] } },
    { operands: { x: b([2, 1]) }, attrs: { reps: [1, 3] } }
  ],
  Slice: [
    { operands: { x: f([6]) }, attrs: { begin: [2], size: [3] } },
    { operands: { x: f([3, 4]) }, attrs: { begin: [1, 0], size: [-1, 2] } },
    { operands: { x: b([2, 3, 4]) }, attrs: { begin: [0, 1, 2], size: [2, 1, 2] } }
  ],
  StridedSlice: [
    {
      operands: { x: f([6, 5]) },
      attrs: {
        begin: [1, 4],
        end: [6, 0],
        strides: [2, -1],
        beginMask: 0,
        endMask: 2,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 0
      }
    },
    {
      operands: { x: f([4, 5]) },
      attrs: {
        begin: [1, 1],
        end: [2, 4],
        strides: [1, 1],
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 1
      }
    }
  ],
  Reverse: [
    { operands: { x: f([5]) }, attrs: { dims: [0] } },
    { operands: { x: i([2, 3, 4]) }, attrs: { dims: [0, 2] } },
    { operands: { x: f([3, 4]) }, attrs: { dims: 1 } }
  ],
  PadV2: [
    { operands: { x: f([3]) }, attrs: { paddings: [[1, 2]], constantValue: 0 } },
    {
      operands: { x: f([2, 3]) },
      attrs: {
        paddings: [
          [0, 1],
          [2, 0]
        ],
        constantValue: -1.5
      }
    },
    {
      operands: { x: i([2, 3]) },
      attrs: {
        paddings: [
          [0, 1],
          [2, 0]
        ],
        constantValue: 4
      }
    }
  ],
  MirrorPad: (["reflect", "symmetric"] as const).flatMap((mode) => [
    { operands: { x: f([4]) }, attrs: { paddings: [[2, 3]], mode } },
    {
      operands: { x: f([4, 3]) },
      attrs: {
        paddings: [
          [1, 0],
          [2, 2]
        ],
        mode
      }
    }
  ]),
  Concat: [
    list([f([3]), f([2])], { axis: 0 }),
    list([f([3, 2]), f([3, 1]), f([3, 4])], { axis: 1 }),
    list([i([2, 3, 1]), i([2, 3, 2])], { axis: 2 }),
    list([b([2]), b([3])], { axis: 0 })
  ],
  Pack: [
    list([f([]), f([])], { axis: 0 }),
    list([f([3, 2]), f([3, 2])], { axis: 1 }),
    list([i([3]), i([3])], { axis: 1 })
  ],
  ZerosLike: [...unary(), { operands: { x: i([3]) } }, { operands: { x: b([30]) } }],
  OnesLike: [...unary(), { operands: { x: i([30]) } }],
  Fill: [
    { operands: {}, attrs: { shape: [3, 4], value: 2.5, dtype: "float32" } },
    { operands: {}, attrs: { shape: [50], value: 7, dtype: "int32" } }
  ],
  Range: [{ operands: {}, attrs: { start: 1, stop: 9, step: 2, dtype: "int32" } }],
  LinSpace: [{ operands: {}, attrs: { start: -1, stop: 2, num: 7 } }],
  GatherV2: [
    { operands: { x: f([5, 3]), indices: i([4], [0, 5]) }, attrs: { axis: 0, batchDims: 0 } },
    { operands: { x: f([2, 5]), indices: i([3, 2], [0, 5]) }, attrs: { axis: 1, batchDims: 0 } },
    { operands: { x: b([6]), indices: i([], [0, 5]) }, attrs: { axis: 0, batchDims: 0 } },
    { operands: { x: f([3, 5]), indices: i([3, 2], [0, 5]) }, attrs: { axis: 1, batchDims: 1 } },
    { operands: { x: f([3, 2, 5, 2]), indices: i([3, 4], [0, 5]) }, attrs: { axis: 2, batchDims: 1 } }
  ],
  GatherNd: [
    { operands: { params: f([4, 3]), indices: i([5, 1], [0, 4]) } },
    { operands: { params: f([4, 3]), indices: i([5, 2], [0, 3]) } }
  ],
  ScatterNd: [{ operands: { indices: i([6, 1], [0, 4]), updates: f([6, 3]) }, attrs: { shape: [4, 3] } }],
  UnsortedSegmentSum: [
    { operands: { x: f([7, 3]), segmentIds: i([7], [0, 4]) }, attrs: { numSegments: 4 } },
    { operands: { x: f([9]), segmentIds: i([9], [-1, 6]) }, attrs: { numSegments: 4 } }
  ],
  OneHot: [
    { operands: { indices: i([5], [-1, 5]) }, attrs: { depth: 4, onValue: 1, offValue: 0, dtype: "float32" } },
    { operands: { indices: i([2, 3], [0, 4]) }, attrs: { depth: 4, onValue: 3, offValue: -1, dtype: "int32" } }
  ]
}
