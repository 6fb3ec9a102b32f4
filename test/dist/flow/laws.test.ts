import { useCpu } from "../../support/onCpu.ts"
import { transformLaws } from "../transform/laws.ts"
import { flows } from "./flows.ts"

useCpu()

for (const each of flows) transformLaws(each)
