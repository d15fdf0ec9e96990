"""The steps of a trigger, planned before anything is built."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from hookscope.errors import UsageError
from hookscope.meta import wire
from hookscope.meta.overrides import Override, assign
from hookscope.samples.payload_builder import PayloadBuilder, Shape
from hookscope.samples.reference import resolve
from hookscope.samples.sample import Sample

REPAIR = "correct the step in the fixture"
"""The next step for an invalid step."""


class TriggerStep(Struct, frozen=True, kw_only=True):
    """Notifications of one kind: from a sample, or from a payload, which is refreshed when it was captured.

    `name` is the name under which later steps refer to the last payload built; `pause` is in seconds, before the first;
    `step` is the number of the fixture's step.
    """

    sample: Sample | None = None
    payload: Any = None
    is_captured: bool = False
    shape: Shape = field(default_factory=Shape)
    assignments: tuple[Override, ...] = ()
    count: int = 1
    name: str = ""
    pause: float = 0.0
    step: int | None = None


class BuiltPayload(Struct, frozen=True, kw_only=True):
    """The body of a notification, and the seconds to wait before it is sent."""

    body: bytes
    pause: float = 0.0


def total(recipes: Sequence[TriggerStep]) -> int:
    """Return the number of notifications to build."""
    return sum(recipe.count for recipe in recipes)


def make(recipes: Sequence[TriggerStep], maker: PayloadBuilder) -> Iterator[BuiltPayload]:
    """Build them one after the other. Raises UsageError for an assignment, or a reference, that leads nowhere."""
    named: dict[str, Any] = {}
    for recipe in recipes:
        for number in range(recipe.count):
            try:
                payload = _payload(recipe, maker, named)
                body = wire.encode(payload)
            except ValueError as error:
                raise _senseless(recipe, str(error)) from error
            except RecursionError as error:
                raise _senseless(recipe, "the payload is nested too deeply") from error
            named[recipe.name] = payload
            yield BuiltPayload(body=body, pause=0.0 if number else recipe.pause)


def validate(recipes: Sequence[TriggerStep]) -> None:
    """Build one of each and discard it. Raises what `make` would, before anything is sent."""
    for _ in make([replace(recipe, count=1) for recipe in recipes], PayloadBuilder()):
        pass


def _senseless(recipe: TriggerStep, reason: str) -> UsageError:
    if recipe.step:
        return UsageError(f"step {recipe.step} of the fixture: {reason}", hint=REPAIR)
    return UsageError(reason, hint="`--edit` shows the payload; with --add, --set may add a key")


def _payload(recipe: TriggerStep, maker: PayloadBuilder, named: dict[str, Any]) -> Any:
    if recipe.sample:
        payload: Any = maker.payload(recipe.sample, recipe.shape)
    else:
        payload = maker.again(recipe.payload) if recipe.is_captured else resolve(recipe.payload, named)
    for assignment in recipe.assignments:
        value = resolve(assignment.value, named)
        payload = assign(payload, replace(assignment, value=value))
    return payload
