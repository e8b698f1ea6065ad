#!/usr/bin/env node
/** The smallest agent: says who it is, and keeps one thing that it knows. */
import { connect } from "openpact/sdk"

const pact = (await connect()).pact()
const { pact_name, peer_handle } = await pact.status()
const { id } = await pact.knowledge.record({ topic: "hello", content: `${peer_handle} was here` })
await pact.messages.send({ content: "Hello, I am new here" })
console.log(JSON.stringify({ pact: pact_name, me: peer_handle, recorded: id }))
