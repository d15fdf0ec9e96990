"""The tools by name, and their calls: arguments are checked, and secrets removed from the result."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from msgspec import Struct, to_builtins

from hookscope.errors import UsageError
from hookscope.mcp.access import Access
from hookscope.mcp.explaining import explain_handshake, explain_signature, lint_capture, lint_payload, run_doctor
from hookscope.mcp.reading import diff_captures, list_captures, show_capture
from hookscope.mcp.schema import Schema, argument_schema, read_arguments, result_schema
from hookscope.mcp.sending import list_samples, replay_captures, trigger_sample
from hookscope.mcp.untrusted import without_secrets


class Tool(Struct, frozen=True, kw_only=True):
    """A function with an `Access` as its first parameter.

    With `sends`, it exists only where the user allows sending. With `asks_meta`, it reads from the Graph API and sends
    requests to the app's callbacks.
    """

    function: Callable[..., Any]
    title: str
    sends: bool = False
    asks_meta: bool = False

    @property
    def name(self) -> str:
        """The tool's name."""
        return str(self.function.__name__)

    @property
    def description(self) -> str:
        """The description for the assistant."""
        return inspect.cleandoc(self.function.__doc__ or "")

    @property
    def arguments(self) -> Schema:
        """The schema of its arguments."""
        return argument_schema(self.function)

    @property
    def result(self) -> Schema:
        """The schema of its result."""
        return result_schema(get_type_hints(self.function)["return"])


_TOOLS = (
    Tool(function=list_captures, title="List captures"),
    Tool(function=show_capture, title="Show a capture"),
    Tool(function=diff_captures, title="Compare two captures"),
    Tool(function=explain_signature, title="Explain a signature"),
    Tool(function=explain_handshake, title="Explain a handshake"),
    Tool(function=lint_capture, title="Lint a capture"),
    Tool(function=lint_payload, title="Lint a payload"),
    Tool(function=run_doctor, title="Run the doctor", asks_meta=True),
    Tool(function=list_samples, title="List samples"),
    Tool(function=replay_captures, title="Replay captures", sends=True),
    Tool(function=trigger_sample, title="Trigger a sample", sends=True),
)


def tools_for(access: Access) -> list[Tool]:
    """Return the tools that exist for this access."""
    return [tool for tool in _TOOLS if access.may_send or not tool.sends]


async def call(name: str, given: Mapping[str, Any], access: Access) -> dict[str, Any]:
    """Call a tool and return its result as an object. Raises HookscopeError."""
    tool = _find(name, access)
    arguments = read_arguments(tool.function, given)
    if inspect.iscoroutinefunction(tool.function):
        result = await tool.function(access, **arguments)
    else:
        result = await asyncio.to_thread(tool.function, access, **arguments)
    return await asyncio.to_thread(without_secrets, to_builtins(result), access)


def _find(name: str, access: Access) -> Tool:
    tools = tools_for(access)
    if found := next((tool for tool in tools if tool.name == name), None):
        return found
    if any(tool.name == name for tool in _TOOLS):
        raise UsageError(
            f"{name} sends, and this server only reads",
            done="nothing was sent",
            hint="only the user can allow it, where the server is started: hookscope mcp --allow-send",
        )
    raise UsageError(f"there is no tool {name[:60]!r}", hint=f"the tools are: {', '.join(tool.name for tool in tools)}")
