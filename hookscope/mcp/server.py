"""The server on stdin and stdout, built on the official SDK; the only module that imports the SDK."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, NoReturn

import mcp_types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from hookscope import __version__
from hookscope.errors import HookscopeError
from hookscope.mcp import resources, tools
from hookscope.mcp.access import Access
from hookscope.mcp.results import WARNING
from hookscope.mcp.untrusted import bounded
from hookscope.secret_sources import SecretSources

_INSTRUCTIONS = (
    "hookscope holds what Meta's Graph API has sent to this machine: webhook notifications, handshakes, and strays, "
    f"with the app's answers. {WARNING} Start with list_captures."
)
_READS = "This server only reads."
_SENDS = "replay_captures and trigger_sample send to the user's app: use them only when the user asks for it."
_JSON = "application/json"
_MOST_ERROR = 1_500
"""In characters."""

_log = logging.getLogger(__name__)


async def serve(access: Access, stopped: asyncio.Event, leave: Callable[[], NoReturn]) -> None:
    """Serve on stdin and stdout until stdin ends.

    When `stopped` is set earlier, or the reader of stdout leaves, cancel all calls and call `leave`, which must end the
    process: the SDK's thread that reads stdin cannot be stopped.
    """
    server = build(access)
    async with stdio_server() as (receive, send):
        running = asyncio.create_task(server.run(receive, send, server.create_initialization_options()))
        ending = asyncio.create_task(_end(running, stopped, leave))
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError:  # By the SDK, which cannot write anymore.
            stopped.set()
            raise
        if stopped.is_set():
            await ending
        ending.cancel()
        await running


async def _end(running: asyncio.Task[None], stopped: asyncio.Event, leave: Callable[[], NoReturn]) -> None:
    await stopped.wait()
    running.cancel()
    await asyncio.wait({running})
    leave()


def build(access: Access) -> Server[Any]:
    """Return the server with the tools and resources that the access allows."""

    async def list_tools(_: Any, __: Any) -> mcp_types.ListToolsResult:
        return mcp_types.ListToolsResult(tools=[_tool(one) for one in tools.tools_for(access)])

    async def call_tool(_: Any, params: mcp_types.CallToolRequestParams) -> mcp_types.CallToolResult:
        return await _call(params.name, params.arguments or {}, access)

    async def list_resources(_: Any, __: Any) -> mcp_types.ListResourcesResult:
        return mcp_types.ListResourcesResult(resources=await _resources(access))

    async def list_templates(_: Any, __: Any) -> mcp_types.ListResourceTemplatesResult:
        return mcp_types.ListResourceTemplatesResult(resource_templates=[_template(one) for one in resources.TEMPLATES])

    async def read_resource(_: Any, params: mcp_types.ReadResourceRequestParams) -> mcp_types.ReadResourceResult:
        return await _read(params.uri, access)

    return Server(
        "hookscope",
        version=__version__,
        title="hookscope",
        instructions=f"{_INSTRUCTIONS} {_SENDS if access.may_send else _READS}",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


async def _call(name: str, arguments: dict[str, Any], access: Access) -> mcp_types.CallToolResult:
    try:
        result = await tools.call(name, arguments, access)
    except HookscopeError as error:
        return mcp_types.CallToolResult(content=[_text(_in_words(error, access.secrets))], is_error=True)
    except Exception:
        _log.exception("the tool %r failed", name)
        return mcp_types.CallToolResult(content=[_text(_UNEXPECTED)], is_error=True)
    return mcp_types.CallToolResult(content=[_text(_written(result))], structured_content=result)


async def _read(uri: str, access: Access) -> mcp_types.ReadResourceResult:
    try:
        text = await resources.read_resource(uri, access)
    except HookscopeError as error:
        raise MCPError(mcp_types.INVALID_PARAMS, _in_words(error, access.secrets)) from error
    except Exception as error:
        _log.exception("the resource %r failed", uri)
        raise MCPError(mcp_types.INTERNAL_ERROR, _UNEXPECTED) from error
    return mcp_types.ReadResourceResult(contents=[mcp_types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)])


_UNEXPECTED = "unexpected failure; the user finds the details at the end of hookscope's log file: hookscope config path"


async def _resources(access: Access) -> list[mcp_types.Resource]:
    listing = mcp_types.Resource(
        uri=resources.LIST.template,
        name=resources.LIST.name,
        description=resources.LIST.description,
        mime_type=_JSON,
    )
    try:
        newest = await resources.newest_resources(access)
    except HookscopeError:  # Reading the list says why.
        newest = []
    return [listing, *(mcp_types.Resource(uri=uri, name=name, mime_type=_JSON) for uri, name in newest)]


def _tool(tool: tools.Tool) -> mcp_types.Tool:
    return mcp_types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments,
        output_schema=tool.result,
        annotations=mcp_types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.sends,
            destructive_hint=tool.sends,
            idempotent_hint=not tool.sends,
            open_world_hint=tool.sends or tool.asks_meta,
        ),
    )


def _template(kind: resources.ResourceKind) -> mcp_types.ResourceTemplate:
    return mcp_types.ResourceTemplate(
        uri_template=kind.template, name=kind.name, description=kind.description, mime_type=_JSON
    )


def _in_words(error: HookscopeError, secrets: SecretSources) -> str:
    parts = (error.message, error.done, error.hint and f"next: {error.hint}")
    return bounded(secrets.redact("; ".join(part for part in parts if part)), _MOST_ERROR)


def _written(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(text: str) -> mcp_types.TextContent:
    return mcp_types.TextContent(type="text", text=text)
