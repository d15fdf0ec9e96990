"""The tools that send, replay and trigger, which exist only where the user allows it, and the list of samples.

An assistant may have been misled by what it read. It can reach only the addresses that the user allows, send only
samples and requests that Meta has signed, add no key to the root of a body, and never learns a signature.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, aclosing
from typing import Annotated

from hookscope import run_registry
from hookscope.control.client import ControlClient
from hookscope.errors import UsageError
from hookscope.mcp.access import Access
from hookscope.mcp.reading import id_of
from hookscope.mcp.results import ListedSample, SampleList, SendReport
from hookscope.mcp.shaping import delivered
from hookscope.meta import wire
from hookscope.meta.overrides import Override, parse_assignment, place
from hookscope.model.capture_id import CaptureName
from hookscope.model.record import Capture, Delivery, Kind, is_genuine
from hookscope.samples import catalog
from hookscope.samples.business import business_of
from hookscope.samples.recipe import TriggerStep
from hookscope.secret_sources import APP_SECRET, Secret, known_app_secret
from hookscope.services import replay, trigger
from hookscope.services.captures import captures_by_id
from hookscope.services.replay import PreparedReplay, ReplayRequest
from hookscope.services.replay_target import default_target
from hookscope.services.trigger import ToApplication, ToRun, TriggerRequest

MOST_SENT = 20
_MOST_SAMPLES = 60

Target = Annotated[str, "empty for the run's own target, or another allowed address, such as 3000/webhook"]
Changes = Annotated[Sequence[str], "values to change in the body, each as PATH=VALUE, such as value.message=hello"]


def list_samples(
    _: Access, words: Annotated[str, "words in name and title, such as `whatsapp reaction`; empty for all"] = ""
) -> SampleList:
    """List sample notifications that trigger_sample sends, by name."""
    found = catalog.search(words)
    shown = [ListedSample(name=sample.name, title=sample.title) for sample in found[:_MOST_SAMPLES]]
    return SampleList(samples=shown, left_out=len(found) - len(shown))


async def replay_captures(
    access: Access,
    capture_ids: Annotated[
        Sequence[CaptureName], "ids of 1 to 20 notifications or accepted handshakes, or @345, in the order to send"
    ],
    to: Target = "",
    changes: Changes = (),
) -> SendReport:
    """Send captured requests to the app again, bytes and signature unchanged unless `changes` are given.

    Each goes to `to`, else to the target of the run that captured it, and is kept as a capture of its own.
    """
    _check_number(len(capture_ids), "capture_ids", "replay the others in a further call")
    assignments = _assignments(changes)
    captures = await asyncio.to_thread(_sendable, access, capture_ids)
    for capture in captures:
        _check_changes(capture, assignments)
    targets = [access.check_target(to or _default_target(access, capture)) for capture in captures]
    with ExitStack() as stack:
        prepared = [
            stack.enter_context(_prepare(access, capture, target, assignments))
            for capture, target in zip(captures, targets, strict=True)
        ]
        sent = [delivery for one in prepared for delivery in await _replay(one)]
    return SendReport(signed=None, deliveries=[delivered(one) for one in sent])


async def trigger_sample(
    access: Access,
    sample: Annotated[str, "name of the sample, such as page.feed.comment; see list_samples"],
    changes: Changes = (),
    count: Annotated[int, "number of notifications, 1 to 20, each with ids of its own"] = 1,
    to: Target = "",
) -> SendReport:
    """Send a sample notification, signed as Meta signs, to the live run, which forwards it, or to `to`."""
    _check_number(count, "count", "trigger more in a further call")
    step = TriggerStep(sample=catalog.find(sample), assignments=_assignments(changes), count=count)
    for assignment in step.assignments:
        _check_root(assignment, ("object", "entry"))
    prepared = trigger.prepare(TriggerRequest(steps=[step], business=business_of(os.environ)))
    destination = _application(access, to) if to else await _live_run(access)
    async with aclosing(prepared.send(destination)) as attempts:
        sent = [delivered(delivery) async for _, delivery in attempts]
    is_signed = isinstance(destination, ToRun) or destination.secret is not None
    return SendReport(signed=is_signed, deliveries=sent)


def _check_number(number: int, argument: str, hint: str) -> None:
    if not 1 <= number <= MOST_SENT:
        raise UsageError(
            f"{argument} asks for {number}, and one call sends 1 to {MOST_SENT}", done="nothing was sent", hint=hint
        )


def _assignments(changes: Sequence[str]) -> tuple[Override, ...]:
    try:
        return tuple(map(parse_assignment, changes))
    except ValueError as error:
        raise UsageError(str(error), done="nothing was sent", hint="write PATH=VALUE") from error


def _sendable(access: Access, names: Sequence[CaptureName]) -> list[Capture]:
    capture_ids = [id_of(access, name) for name in names]
    found = captures_by_id(access.journal, capture_ids)
    for capture_id in capture_ids:
        if capture_id not in [capture.id for capture in found]:
            raise UsageError(f"there is no capture #{capture_id}", done="nothing was sent", hint="see list_captures")
    for capture in found:
        if not _is_sendable(capture):
            raise UsageError(
                f"#{capture.id} is not known to come from Meta; anybody may have sent it",
                done="nothing was sent",
                hint=f"only the user can send it, in a terminal: hookscope replay {capture.id}",
            )
    return found


def _is_sendable(capture: Capture) -> bool:
    if capture.kind is Kind.HANDSHAKE:
        return capture.handshake is not None and capture.handshake.accepted
    return is_genuine(capture.kind, capture.signature.verdict, None)


def _check_changes(capture: Capture, assignments: Sequence[Override]) -> None:
    if not assignments:
        return
    try:
        payload = wire.decode(capture.request.body)
        rooted = [one for one in assignments if len(place(payload, one)) == 1]
    except ValueError as error:
        raise UsageError(f"#{capture.id} cannot be changed: {error}", done="nothing was sent") from error
    for one in rooted:
        _check_root(one, tuple(payload) if isinstance(payload, dict) else ())


def _check_root(assignment: Override, known: Sequence[str]) -> None:
    """Raise UsageError if a change adds a key to the root, where the APIs of other programs expect commands."""
    if assignment.is_rooted and len(assignment.path) == 1 and assignment.path[0] not in known:
        raise UsageError(
            f"{assignment.path[0]!r} is not in the body's root, where no key may be added",
            done="nothing was sent",
            hint="change a value that is there, such as value.message=hello",
        )


def _default_target(access: Access, capture: Capture) -> str:
    target = default_target(access.journal, capture.id)
    if target is None:
        raise UsageError(
            f"no run sent #{capture.id} to an app", done="nothing was sent", hint="name the app: `to` = 3000/webhook"
        )
    return target


def _prepare(
    access: Access, capture: Capture, target: str, assignments: tuple[Override, ...]
) -> AbstractContextManager[PreparedReplay]:
    request = ReplayRequest(ids=(capture.id,), to=target, assignments=assignments)
    return replay.prepare(request, access.journal, secrets=access.secrets, ask=_ask)


def _ask(_: str) -> Secret:
    """Refuse: there is nobody to type a secret."""
    raise UsageError("no app secret is known", hint=f"the user can set {APP_SECRET} for this server")


async def _replay(prepared: PreparedReplay) -> list[Delivery]:
    async with aclosing(prepared.send()) as batches:
        return [delivery async for batch in batches for _, delivery in batch]


def _application(access: Access, to: str) -> ToApplication:
    target = access.check_target(to)
    return ToApplication(target=target, secret=known_app_secret(access.secrets), journal=access.journal)


async def _live_run(access: Access) -> ToRun:
    """Return the only live run of the journal. Raises UsageError unless all of its forward targets are allowed."""
    runs = run_registry.of_journal(access.journal)
    if len(runs) != 1:
        raise UsageError(
            "several runs are live" if runs else "no run is live",
            done="nothing was sent",
            hint="name the app: `to` = 3000/webhook; or have the user start a run: hookscope run --sandbox",
        )
    await asyncio.to_thread(run_registry.check_answers, runs[0])
    async with ControlClient(runs[0].address) as client, aclosing(client.watch()) as states:
        status = await anext(states)
    for target in status.targets:
        access.check_target(target)
    return ToRun(address=runs[0].address)
