/** The nodes of a private network. They serve no pact and need no home. */
export { runBootstrap } from "../hyper/bootstrap.ts"
