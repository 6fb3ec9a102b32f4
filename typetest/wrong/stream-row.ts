// message: Types of property 'y' are incompatible
// at: y: "1"
import { Data } from "../../src/index.ts"

export const rows = Data.stream({ x: [3], y: [] }, [{ x: [1, 2, 3], y: "1" }])
