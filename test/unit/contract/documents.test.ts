import { expect, it } from "vitest"
import { openApi } from "../../../src/contract/openapi.ts"
import { restReference } from "../../kit/rest-reference.ts"

it("docs/openapi.json is the contract", async () => {
  await expect(`${JSON.stringify(openApi(), null, 2)}\n`).toMatchFileSnapshot("../../../docs/openapi.json")
})

it("docs/rest-api.md is the contract", async () => {
  await expect(restReference()).toMatchFileSnapshot("../../../docs/rest-api.md")
})
