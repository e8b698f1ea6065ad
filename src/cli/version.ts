import { Context } from "effect"

/** The version of this command. */
export class Version extends Context.Service<Version, string>()("openpact/cli/Version") {}
