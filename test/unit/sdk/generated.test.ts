import { join } from "node:path"
import { expect, it } from "vitest"
import { sdkFolder, sdkReference, sdkSources } from "../../kit/sdk-source.ts"

it.each(Object.entries(sdkSources))("src/sdk/promise/generated/%s is the contract", async (name, make) => {
  await expect(await make()).toMatchFileSnapshot(join(sdkFolder, name))
})

it("docs/sdk-reference.md is the contract", async () => {
  await expect(sdkReference()).toMatchFileSnapshot("../../../docs/sdk-reference.md")
})
