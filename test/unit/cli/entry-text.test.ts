import { expect, it } from "vitest"
import { entryText } from "../../../src/cli/entry-text.ts"
import { styleOf, time } from "../../../src/cli/text.ts"
import type { EntryView } from "../../../src/contract/views.ts"
import { renameNotice } from "../../../src/pacts/drafts.ts"

const agent_id = "anon-fern-1a2b3c4d"

const noticeOf = (display_name: string | null) =>
  ({
    id: "1a2b3c4d-512",
    timestamp: 0,
    agent_id,
    display_name,
    ...renameNotice(display_name),
    refs: [],
    confirmed: true
  }) as EntryView

it("tells a new name in a sentence, and says that nobody typed it", () => {
  const told = (name: string | null) => entryText(noticeOf(name), styleOf(false)).split("\n")
  expect(told("Ada")).toEqual([`1a2b3c4d-512  notice  ${time(0)}  Ada (${agent_id})`, "  Is called Ada now."])
  expect(told(null)).toEqual([`1a2b3c4d-512  notice  ${time(0)}  ${agent_id}`, "  Goes without a name now."])
})
