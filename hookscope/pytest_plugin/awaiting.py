"""Calls of asyncio fixtures that a test did not await: they do nothing, and the test would pass all the same."""

import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

__tracebackhide__ = True


class Calls:
    """The calls of coroutine methods in one test."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, Coroutine[Any, Any, Any]]] = []

    def note(self, name: str, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Note a call."""
        self._calls.append((name, coroutine))

    def end(self) -> list[str]:
        """Return the names of the methods whose calls nobody awaited."""
        forgotten = [call for call in self._calls if inspect.getcoroutinestate(call[1]) == inspect.CORO_CREATED]
        for _, coroutine in forgotten:
            coroutine.close()
        return [name for name, _ in forgotten]


class _NotesCalls(Protocol):
    calls: Calls


class _HasExchanges(Protocol):
    @property
    def _exchanges(self) -> _NotesCalls: ...


_Fixture = TypeVar("_Fixture", bound=_HasExchanges)


def to_await(
    method: Callable[Concatenate[_Fixture, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[_Fixture, _P], Coroutine[Any, Any, _T]]:
    """Note each call of a method of a fixture among the exchanges of its test."""

    @wraps(method)
    def call(self: _Fixture, /, *args: _P.args, **kwargs: _P.kwargs) -> Coroutine[Any, Any, _T]:
        coroutine = method(self, *args, **kwargs)
        self._exchanges.calls.note(method.__name__, coroutine)
        return coroutine

    return call
