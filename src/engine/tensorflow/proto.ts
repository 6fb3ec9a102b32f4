import type { Shape } from "../../tensor/Tensor.ts"
import { field, map, protobuf } from "../protobuf.ts"

/** The part of a SavedModel (saved_model.proto, meta_graph.proto, graph.proto) that is needed for a loop, as plain data. */
export interface NodeDef {
  readonly name: string
  readonly op: string
  readonly input: ReadonlyArray<string>
  readonly attr: Readonly<Record<string, AttrValue>>
}

/** TensorFlow's numbers for element types. */
export const typeCode = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  resource: 20,
  variant: 21
} as const
export type ElementType = keyof typeof typeCode

/** The value of an attribute, by TensorFlow's own field names. */
export type AttrValue =
  | { readonly s: Uint8Array }
  | { readonly i: number }
  | { readonly f: number }
  | { readonly b: boolean }
  | { readonly type: number }
  | { readonly shape: TensorShape }
  | { readonly tensor: TensorProto }
  | { readonly func: { readonly name: string } }
  | { readonly list: AttrList }

interface AttrList {
  readonly s?: ReadonlyArray<Uint8Array>
  readonly i?: ReadonlyArray<number>
  readonly f?: ReadonlyArray<number>
  readonly type?: ReadonlyArray<number>
  readonly shape?: ReadonlyArray<TensorShape>
}

interface TensorShape {
  readonly dim: ReadonlyArray<{ readonly size: number }>
}

interface TensorProto {
  readonly dtype: number
  readonly tensorShape: TensorShape
  readonly tensorContent: Uint8Array
}

export const attr = {
  type: (type: ElementType): AttrValue => ({ type: typeCode[type] }),
  typeCode: (type: number): AttrValue => ({ type }),
  int: (i: number): AttrValue => ({ i }),
  float: (f: number): AttrValue => ({ f }),
  flag: (b: boolean): AttrValue => ({ b }),
  text: (text: string): AttrValue => ({ s: new TextEncoder().encode(text) }),
  /** An unknown size is −1. */
  shape: (shape: Shape): AttrValue => ({ shape: shapeProto(shape) }),
  ints: (i: ReadonlyArray<number>): AttrValue => ({ list: { i } }),
  floats: (f: ReadonlyArray<number>): AttrValue => ({ list: { f } }),
  texts: (texts: ReadonlyArray<string>): AttrValue => ({
    list: { s: texts.map((each) => new TextEncoder().encode(each)) }
  }),
  types: (types: ReadonlyArray<ElementType>): AttrValue => ({ list: { type: types.map((each) => typeCode[each]) } }),
  shapes: (shapes: ReadonlyArray<Shape>): AttrValue => ({ list: { shape: shapes.map(shapeProto) } }),
  func: (name: string): AttrValue => ({ func: { name } }),
  tensor: (dtype: number, shape: Shape, values: ArrayBufferView): AttrValue => ({
    tensor: {
      dtype,
      tensorShape: shapeProto(shape),
      tensorContent: new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    }
  })
} as const

/** A function, which nodes call by its name. */
export interface FunctionDef {
  readonly signature: {
    readonly name: string
    readonly inputArg: ReadonlyArray<{ readonly name: string; readonly type: number }>
    readonly outputArg: ReadonlyArray<{ readonly name: string; readonly type: number }>
    readonly isStateful: boolean
  }
  readonly nodeDef: ReadonlyArray<NodeDef>
  /** output → `node:argument:index` */
  readonly ret: Readonly<Record<string, string>>
  readonly attr: Readonly<Record<string, AttrValue>>
}

/** The bytes of a SavedModel with one graph, tagged `serve`, and no signature: nodes are fed and fetched by name. */
export const encode = (node: ReadonlyArray<NodeDef>, functions: ReadonlyArray<FunctionDef> = []): Uint8Array => {
  const graphDef = { node, versions: { producer: 1087 }, library: { function: functions } }
  return writeSavedModel({
    savedModelSchemaVersion: 1,
    metaGraphs: [{ metaInfoDef: { tags: ["serve"] }, graphDef }]
  })
}

const shapeProto = (shape: Shape): TensorShape => ({ dim: shape.map((size) => ({ size })) })

/** The schema of the messages that are written, with TensorFlow's field numbers. */
export const schema = {
  nested: {
    SavedModel: {
      fields: { savedModelSchemaVersion: field(1, "int64"), metaGraphs: field(2, "MetaGraph", "repeated") }
    },
    MetaGraph: { fields: { metaInfoDef: field(1, "MetaInfo"), graphDef: field(2, "Graph") } },
    MetaInfo: { fields: { tags: field(4, "string", "repeated") } },
    Graph: {
      fields: { node: field(1, "Node", "repeated"), library: field(2, "Library"), versions: field(4, "Versions") }
    },
    Library: { fields: { function: field(1, "Function", "repeated") } },
    Function: {
      fields: {
        signature: field(1, "Signature"),
        nodeDef: field(3, "Node", "repeated"),
        ret: map(4, "string", "string"),
        attr: map(5, "string", "AttrValue")
      }
    },
    Signature: {
      fields: {
        name: field(1, "string"),
        inputArg: field(2, "Argument", "repeated"),
        outputArg: field(3, "Argument", "repeated"),
        isStateful: field(17, "bool")
      }
    },
    Argument: { fields: { name: field(1, "string"), type: field(3, "int32") } },
    Call: { fields: { name: field(1, "string") } },
    Versions: { fields: { producer: field(1, "int32"), minConsumer: field(2, "int32") } },
    Node: {
      fields: {
        name: field(1, "string"),
        op: field(2, "string"),
        input: field(3, "string", "repeated"),
        device: field(4, "string"),
        attr: map(5, "string", "AttrValue")
      }
    },
    AttrValue: {
      oneofs: { value: { oneof: ["list", "s", "i", "f", "b", "type", "shape", "tensor", "func"] } },
      fields: {
        list: field(1, "List"),
        s: field(2, "bytes"),
        i: field(3, "int64"),
        f: field(4, "float"),
        b: field(5, "bool"),
        type: field(6, "int32"),
        shape: field(7, "Shape"),
        tensor: field(8, "Tensor"),
        func: field(10, "Call")
      }
    },
    List: {
      fields: {
        s: field(2, "bytes", "repeated"),
        i: field(3, "int64", "repeated"),
        f: field(4, "float", "repeated"),
        type: field(6, "int32", "repeated"),
        shape: field(7, "Shape", "repeated")
      }
    },
    Shape: { fields: { dim: field(2, "Dimension", "repeated") } },
    Dimension: { fields: { size: field(1, "int64") } },
    Tensor: {
      fields: { dtype: field(1, "int32"), tensorShape: field(2, "Shape"), tensorContent: field(4, "bytes") }
    }
  }
} as const

const writeSavedModel = protobuf(schema, "SavedModel")
