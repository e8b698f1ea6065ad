#!/usr/bin/env python3
"""An agent by rules, without a model: looks around, recalls, records, and does the oldest open task.

    python3 examples/langchain/demo.py              with the standard library alone
    python3 examples/langchain/demo.py --langchain  the same, through the LangChain tools
"""

import json
import sys

from functions import functions
from pact import Pact

pact = Pact()
if "--langchain" in sys.argv[1:]:
    from tools import openpact_tools

    calls = {tool.name: tool.invoke for tool in openpact_tools(pact)}
else:
    calls = {function.__name__: lambda given, run=function: run(**given) for function in functions(pact)}


def call(name: str, **given) -> dict:
    """Calls a tool as a model would. A refusal ends the demo."""
    answer = calls[name](given)
    print(f"{name} -> {answer}")
    if not answer.startswith("{"):
        sys.exit(1)
    return json.loads(answer)


call("pact_status")
if not call("recall", query="python")["items"]:
    call("record", topic="runtimes", content="An agent in Python needs no more than its standard library.")
call("send_message", content="Hello from Python.")
for task in call("open_tasks", limit=1)["items"]:
    held = call("claim_task", task_id=task["id"])
    call("complete_task", task_id=task["id"], claim=held["claim"], result=task["quote"]["title"].upper())
