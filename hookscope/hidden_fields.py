"""Values that keep some of their fields out of every message, log and traceback."""

from typing import Any, ClassVar

from msgspec import Struct


class HidesFields(Struct, frozen=True, kw_only=True):
    """A value whose text leaves out the fields named in `hidden`.

    Rich, which prints the tracebacks of the TUI and of many a developer's tests with their local variables, asks a
    Struct for its fields one by one instead of for its text.
    """

    hidden: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__struct_fields__ if name not in self.hidden]
