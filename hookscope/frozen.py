"""Value classes: frozen dataclasses that are cheap to create.

A frozen dataclass sets each of its fields through `object.__setattr__`, and takes three times as long for it; a
notification becomes some twenty values on its way. So these are frozen for the type checker, and only for it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as fast_frozen_dataclass
else:
    from dataclasses import dataclass

    def fast_frozen_dataclass(*, frozen: bool, **options: Any) -> Any:
        """Decorate a class as `dataclasses.dataclass` does; see there for the arguments."""
        return dataclass(unsafe_hash=frozen, **options)


__all__ = ["fast_frozen_dataclass"]
