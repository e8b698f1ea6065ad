import { join } from "node:path"
import { expect, it } from "vitest"
import { sdkFolder, sdkSources } from "../../kit/sdk-source.ts"

it.each(Object.entries(sdkSources))("src/sdk/promise/generated/%s is the contract", async (name, make) => {
  await expect(await make()).toMatchFileSnapshot(join(sdkFolder, name))
})
