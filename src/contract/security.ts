import { HttpApiMiddleware, HttpApiSecurity } from "effect/http-api"
import { Unauthorized } from "../domain/errors.ts"

/**
 * `Authorization: Bearer <apiToken of daemon.json>`. Routes that carry this need the token and count against the rate
 * limit, all others are open. The server's guards read it from here.
 */
export class Bearer extends HttpApiMiddleware.Service<Bearer>()("openpact/contract/Bearer", {
  security: { bearer: HttpApiSecurity.bearer },
  error: Unauthorized,
  requiredForClient: true
}) {}
