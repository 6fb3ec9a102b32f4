// message: Type '"boolean"' is not assignable to type '"unitInterval"'
// at: Data.binarize(Data.binarize
import { Data, type Dataset } from "../../src/index.ts"

declare const images: Dataset<readonly [784], "unitInterval">
export const twice = Data.binarize(Data.binarize(images))
