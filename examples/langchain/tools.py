"""The functions as LangChain tools. Needs `pip install langchain-core`."""

from langchain_core.tools import StructuredTool

from functions import functions
from pact import Pact


def openpact_tools(pact: Pact) -> list[StructuredTool]:
    """Tools for `create_agent(model, tools=openpact_tools(Pact()))`, or any other that takes LangChain tools."""
    return [StructuredTool.from_function(function) for function in functions(pact)]
