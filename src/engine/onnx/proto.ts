import type { Shape } from "../../tensor/Tensor.ts"
import { field, protobuf } from "../protobuf.ts"

/** The part of the ONNX format (onnx.proto3, IR version 8) that is needed here, as plain data. */
export interface ModelProto {
  readonly irVersion: number
  readonly producerName: string
  readonly producerVersion?: string
  /** facts about the model, as texts by name */
  readonly metadataProps?: ReadonlyArray<{ readonly key: string; readonly value: string }>
  readonly opsetImport: ReadonlyArray<{ readonly domain: string; readonly version: number }>
  readonly graph: GraphProto
}

export interface GraphProto {
  readonly name: string
  readonly node: ReadonlyArray<NodeProto>
  readonly initializer: ReadonlyArray<TensorProto>
  readonly input: ReadonlyArray<ValueInfoProto>
  readonly output: ReadonlyArray<ValueInfoProto>
}

export interface NodeProto {
  readonly opType: string
  readonly domain: string
  readonly name: string
  readonly input: ReadonlyArray<string>
  readonly output: ReadonlyArray<string>
  readonly attribute: ReadonlyArray<AttributeProto>
}

export interface AttributeProto {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly t?: TensorProto
  readonly g?: GraphProto
  readonly ints?: ReadonlyArray<number>
}

export interface TensorProto {
  readonly name: string
  readonly dims: Shape
  readonly dataType: number
  readonly rawData: Uint8Array
}

export interface ValueInfoProto {
  readonly name: string
  readonly type: {
    readonly tensorType: {
      readonly elemType: number
      readonly shape: { readonly dim: ReadonlyArray<{ readonly dimValue: number } | { readonly dimParam: string }> }
    }
  }
}

/** Element types of ONNX tensors, by ONNX Runtime's names for them. */
export const elementType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float64: 11 } as const
export type ElementType = keyof typeof elementType

/** The value of an attribute, tagged by its kind: ONNX distinguishes the float 1 from the integer 1. */
export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly ints: ReadonlyArray<number> }
  | { readonly string: string }
  | { readonly tensor: TensorProto }
  | { readonly graph: GraphProto }

export const attribute = (name: string, value: Attribute): AttributeProto => {
  if ("float" in value) return { name, type: 1, f: value.float }
  if ("int" in value) return { name, type: 2, i: value.int }
  if ("string" in value) return { name, type: 3, s: new TextEncoder().encode(value.string) }
  if ("tensor" in value) return { name, type: 4, t: value.tensor }
  if ("graph" in value) return { name, type: 5, g: value.graph }
  return { name, type: 7, ints: value.ints }
}

/** A typed, shaped name; a dimension that is a string is known only when the model runs. */
export const valueInfo = (name: string, type: ElementType, shape: ReadonlyArray<number | string>): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: elementType[type],
      shape: { dim: shape.map((n) => (typeof n === "number" ? { dimValue: n } : { dimParam: n })) }
    }
  }
})

export const tensorProto = (name: string, type: ElementType, dims: Shape, values: ArrayBufferView): TensorProto => ({
  name,
  dims,
  dataType: elementType[type],
  rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
})

/** The schema of the messages that are written, with ONNX's field numbers. */
export const schema = {
  nested: {
    Model: {
      fields: {
        irVersion: field(1, "int64"),
        producerName: field(2, "string"),
        producerVersion: field(3, "string"),
        graph: field(7, "Graph"),
        opsetImport: field(8, "Opset", "repeated"),
        metadataProps: field(14, "Entry", "repeated")
      }
    },
    Entry: { fields: { key: field(1, "string"), value: field(2, "string") } },
    Opset: { fields: { domain: field(1, "string"), version: field(2, "int64") } },
    Graph: {
      fields: {
        node: field(1, "Node", "repeated"),
        name: field(2, "string"),
        initializer: field(5, "Tensor", "repeated"),
        input: field(11, "ValueInfo", "repeated"),
        output: field(12, "ValueInfo", "repeated")
      }
    },
    Node: {
      fields: {
        input: field(1, "string", "repeated"),
        output: field(2, "string", "repeated"),
        name: field(3, "string"),
        opType: field(4, "string"),
        attribute: field(5, "Attribute", "repeated"),
        domain: field(7, "string")
      }
    },
    Attribute: {
      fields: {
        name: field(1, "string"),
        f: field(2, "float"),
        i: field(3, "int64"),
        s: field(4, "bytes"),
        t: field(5, "Tensor"),
        g: field(6, "Graph"),
        ints: field(8, "int64", "repeated"),
        type: field(20, "int32")
      }
    },
    Tensor: {
      fields: {
        dims: field(1, "int64", "repeated"),
        dataType: field(2, "int32"),
        name: field(8, "string"),
        rawData: field(9, "bytes")
      }
    },
    ValueInfo: { fields: { name: field(1, "string"), type: field(2, "Type") } },
    Type: { fields: { tensorType: field(1, "TensorType") } },
    TensorType: { fields: { elemType: field(1, "int32"), shape: field(2, "TensorShape") } },
    TensorShape: { fields: { dim: field(1, "Dimension", "repeated") } },
    Dimension: {
      oneofs: { value: { oneof: ["dimValue", "dimParam"] } },
      fields: { dimValue: field(1, "int64"), dimParam: field(2, "string") }
    }
  }
} as const

const writeModel = protobuf(schema, "Model")

export const encode = (model: ModelProto): Uint8Array => writeModel(model)
