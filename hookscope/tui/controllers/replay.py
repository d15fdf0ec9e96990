"""The captures, edited captures and samples that the user has the run send."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from textual.app import App

from hookscope.errors import HookscopeError
from hookscope.meta import wire
from hookscope.model.capture_id import EventRef
from hookscope.services.captures import marked_refs, named_captures, sendable
from hookscope.tui import cell_text
from hookscope.tui.controllers.body_editing import BodyEditing
from hookscope.tui.interaction import Interaction
from hookscope.tui.render.row_words import chosen, counted
from hookscope.tui.screens.dialogs import ConfirmDialog, InputDialog
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.theme import Pieces, Tone
from hookscope.tui.view_state import RunState
from hookscope.tui.workers.run_client import RunClient
from hookscope.urls import check_target
from hookscope.views.actions import ACTIONS
from hookscope.views.duration import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookscope.model.record import Delivery
    from hookscope.tui.screens.picker import Option


class _Replay(Struct, frozen=True):
    """A row to send, to its application unless a target is given, unchanged unless its body was edited."""

    ref: EventRef
    to: str | None = None
    body: bytes | None = None


class ReplayController:
    """`r` and `R` replay the selected row, or all that are marked; `e` edits it first, `t` triggers a sample."""

    def __init__(
        self, app: App[None], main: MainScreen, interaction: Interaction, journal: Path, run: RunClient
    ) -> None:
        self._main = main
        self._timeline = main.timeline
        self._interaction = interaction
        self._journal = journal
        self._run = run
        self._editing = BodyEditing(app, interaction)
        self._last_target = ""
        self._last_sample = ""

    # Replaying

    def replay(self) -> None:
        """Send the marked captures, else the selected row, to their applications, or ask for a target."""
        if (ref := self._sendable("")) is not None:
            self._interaction.decide(self._where(ref), f"replay {ref}", self._send_all)

    def replay_to(self) -> None:
        """Ask for a target for the marked captures, else the selected row."""
        if (ref := self._sendable("")) is not None:
            self._interaction.decide(self._where(ref, ask=True), f"replay {ref}", self._send_all)

    async def _where(self, selected: EventRef, *, ask: bool = False) -> "Sequence[_Replay] | None":
        marked = await self._interaction.attempt(lambda: marked_refs(self._journal, run=self._timeline.run))
        if marked is None:
            return None
        refs = marked if len(marked) > 1 else [selected]
        if not ask and all([await self._has_target(ref.capture_id) for ref in refs]):
            return [_Replay(ref) for ref in refs]
        what = chosen(refs)
        hint = "A port, HOST:PORT/PATH, or a full URL. "
        hint += (
            "A single event is signed again."
            if any(ref.position for ref in refs)
            else "Body and signature are unchanged."
        )
        target = await self._ask_target(f"Replay {what} to", hint)
        return [_Replay(ref, target) for ref in refs] if target else None

    def replay_filtered(self) -> None:
        """Send all that the filter leaves, of a batch only events that match, after asking."""
        text = self._main.search.filter_text
        if not text:
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, "no filter is active  "), (Tone.ACCENT, "→ f types one")])
        elif self._sendable("") is not None:
            self._interaction.decide(self._filtered(text), "replay what the filter leaves", self._send_all)

    async def _filtered(self, text: str) -> "Sequence[_Replay] | None":
        """Return what `hookscope replay --filter` would send of the captures in the list, if the user agrees."""
        run = self._timeline.run
        wanted = text if run is None else f"({text}) run:{run}"
        refs = await self._interaction.attempt(lambda: sendable(self._journal, wanted))
        if not refs:
            return None
        title = f"Replay {f'#{refs[0]}, all' if len(refs) == 1 else f'the {counted(refs)}'} that the filter leaves"
        if not all([await self._has_target(ref.capture_id) for ref in {refs[0], refs[-1]}]):
            target = await self._ask_target(title, f"{cell_text.clean(text)}\nA port, HOST:PORT/PATH, or a full URL.")
            return [_Replay(ref, target) for ref in refs] if target else None
        message = "Notifications that Meta signed, oldest first, each to the app of its run; replays only if named."
        message += " Single events are signed again." if any(ref.position for ref in refs) else ""
        pieces: Pieces = [(Tone.STRONG, cell_text.clean(text)), (Tone.TEXT, f"\n\n{message}")]
        asked = ConfirmDialog(title, pieces, "send", otherwise="back")
        return [_Replay(ref) for ref in refs] if await self._interaction.answer(asked) else None

    async def _send_all(self, replays: "Sequence[_Replay]") -> None:
        """Send one, or several with a dialog that shows the progress."""
        if len(replays) == 1:
            await self._send(replays[0])
            return
        from hookscope.tui.screens.bulk import BulkReplay

        refs = [one.ref for one in replays]

        async def send(ref: EventRef) -> bool:
            delivery = await self._run.replay(ref, replays[0].to)
            return delivery.succeeded

        if self._interaction.is_free:
            self._interaction.open(BulkReplay(counted(refs), refs, send))

    async def _has_target(self, capture_id: int) -> bool:
        """Return whether the run that took a capture says where to send it."""
        from hookscope.services.replay_target import default_target

        return await self._interaction.attempt(lambda: default_target(self._journal, capture_id)) is not None

    def _sendable(self, option: str) -> EventRef | None:
        """Return the selected row; without one, or without a run to send it, tell the user and return None."""
        ref = self._timeline.ref
        if ref is None:
            self._interaction.say_empty()
        elif self._main.state.run_state is RunState.GONE:
            message, command = "no run is there to send it  ", f"→ hookscope replay {ref}{option} --to URL"
            self._main.say([(Tone.BAD, "✗ "), (Tone.TEXT, message), (Tone.ACCENT, command)])
            return None
        else:
            self._main.captures.hold()
        return ref

    async def _ask_target(self, title: str, hint: str) -> str | None:
        known = self._last_target or next(iter(self._main.state.status.targets), "")
        target = await self._interaction.answer(InputDialog(title, hint, known, check_target))
        self._last_target = target or self._last_target
        return target

    async def _send(self, replay: _Replay) -> None:
        what = f"#{replay.ref}" if replay.body is None else f"the edited #{replay.ref}"
        where = replay.to or "its app"  # The run chooses it, and reports it after sending.
        self._main.say([(Tone.BADGE, "↻ "), (Tone.TEXT, f"sending {what} to {cell_text.clean(where)}…")])
        try:
            delivery = await self._run.replay(replay.ref, replay.to, replay.body)
        except HookscopeError as error:
            self._main.say_error(error)
            return
        remark: Pieces = [] if replay.body is None and not replay.ref.position else [(Tone.MUTED, "  signed again")]
        self._say_delivery(f"{what} → {cell_text.clean(delivery.target)}  ", delivery, remark)

    def _say_delivery(self, message: str, delivery: "Delivery", remark: Pieces | None = None) -> None:
        status, good = delivery.status, delivery.succeeded
        answer = cell_text.clean(delivery.error or ("no answer" if status is None else ""))
        answer = " ".join(filter(None, (str(status or ""), answer)))
        mark = (Tone.OK, "✓ ") if good else (Tone.BAD, "✗ ")
        took = f"  in {duration(delivery.elapsed_ms)}"
        said: Pieces = [mark, (Tone.TEXT, message), (Tone.OK if good else Tone.BAD, answer), (Tone.MUTED, took)]
        self._main.say([*said, *(remark or [])])

    # Editing

    def edit(self) -> None:
        """Let the user edit the body of the selected capture, and send the result."""
        if (ref := self._sendable(" --edit")) is not None:
            self._interaction.decide(self._edit(ref), f"edit {ref}", self._send)

    async def _edit(self, ref: EventRef) -> _Replay | None:
        target = None
        if not await self._has_target(ref.capture_id):
            # First of all, so that nothing typed can get lost for lack of an address.
            title = f"Edit #{ref} and send it to"
            target = await self._ask_target(title, "A port, HOST:PORT/PATH, or a full URL.")
            if target is None:
                return None
        found = await self._interaction.attempt(lambda: named_captures(self._journal, [ref]))
        if not found or not self._interaction.is_free:
            return None
        if not (before := found[0].request.body):
            self._main.say([(Tone.WARN, "! "), (Tone.TEXT, f"#{ref} has no body to edit")])
            return None
        try:
            body = await self._editing.edited(str(ref), before)
        except HookscopeError as error:
            self._main.say_error(error)
            return None
        if body is None:
            return None
        if body != before:
            return _Replay(ref, target, body)
        message = f"#{ref} was not changed, so nothing is sent"
        self._main.say([(Tone.WARN, "! "), (Tone.TEXT, message)])
        return None

    # Triggering

    def trigger(self) -> None:
        """Ask for a sample, and have the run receive it."""
        if self._main.state.run_state is RunState.GONE:
            message, command = "no run is there to receive it  ", "→ hookscope trigger EVENT --to URL"
            self._main.say([(Tone.BAD, "✗ "), (Tone.TEXT, message), (Tone.ACCENT, command)])
        elif self._interaction.is_free:
            from hookscope.tui.screens.picker import Picker

            asked = Picker("Trigger a sample", self._samples(), doing="send", other="fill in")
            self._interaction.open(asked, lambda name: self._chosen(name, fill_in=asked.is_other))

    def _samples(self) -> "Callable[[str], Sequence[Option]]":
        """Return a search for samples: the last one sent comes first, then those of the objects of this run."""
        from hookscope.samples import catalog
        from hookscope.tui.screens.picker import Option

        subscribed = self._main.state.status.registered

        def search(text: str) -> "Sequence[Option]":
            found = catalog.fuzzy(text)
            if not text:
                found.sort(key=lambda one: (one.name != self._last_sample, one.object not in subscribed))
            return [Option(name=one.name, about=one.title) for one in found]

        return search

    def _chosen(self, name: str | None, *, fill_in: bool) -> None:
        if name is None:
            return
        from hookscope.services.trigger import sample_body

        self._last_sample = name
        try:
            body = sample_body(name, os.environ)
        except HookscopeError as error:
            self._main.say_error(error)
            return
        if fill_in:
            from hookscope.tui.screens.value_form import ValueForm

            self._interaction.open(ValueForm(name, wire.decode(body)), lambda made: self._receive(name, made))
        else:
            self._receive(name, body)

    def _receive(self, name: str, body: bytes | None) -> None:
        if body is not None:
            self._interaction.start(self._trigger(name, body), f"trigger {name}")

    async def _trigger(self, name: str, body: bytes) -> None:
        self._main.say([(Tone.BADGE, "⚡ "), (Tone.TEXT, f"triggering {name}…")])
        try:
            delivery = await self._run.trigger(body)
        except HookscopeError as error:
            self._main.say_error(error)
            return
        capture_id = delivery.capture_id
        self._main.look()
        if await self._main.search.hides(capture_id):
            key = ACTIONS["suspend_filter"].first_key
            remark: Pieces = [
                (Tone.WARN, "  the filter hides it  "),
                (Tone.ACCENT, f"→ {key} suspends it" if key else ""),
            ]
            self._say_delivery(f"#{capture_id}  ", delivery, remark)
        else:
            self._say_delivery(f"triggered {name} → #{capture_id}  ", delivery)
        if self._timeline.has(capture_id):
            self._main.captures.go_to(EventRef(capture_id))
