"""The lease under whatever may come: runs that crash, colleagues, lost answers, callbacks that are down.

The model knows what others have registered. Whatever happens, in the end, with every callback up again and every run
gone, one `teardown` makes the app show exactly that.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct
from msgspec.structs import replace

from hookscope.errors import HookscopeError
from hookscope.graph.lease import Lease
from hookscope.graph.restore import restore
from hookscope.graph.teardown import teardown
from hookscope.meta.subscription import Subscription
from hookscope.settings import LeaseSettings, Topic
from tests.graph.fuse import Fuse, FusedEdge, FusedLedger, QuickLedger, fused, is_crash
from tests.graph.memory_graph import Loss, MemoryEdge, MemoryGraph
from tests.graph.memory_probe import MemoryProbe
from tests.graph.one_client import lending
from tests.graph.wait import no_wait
from tests.support.examples import examples

pytestmark = pytest.mark.timeout(300)  # Hundreds of histories, on a disk that others use too.

OBJECTS = ("page", "user")
THEIRS = {"https://prod/hook": "prod-token", "https://colleague/hook": "colleague-token"}
THEIR_FIELDS, OUR_FIELDS = ("feed", "ratings", "likes"), ("feed", "mention", "email")

objects = st.sampled_from(OBJECTS)
some_objects = st.lists(objects, min_size=1, max_size=2, unique=True)
their_urls = st.sampled_from(sorted(THEIRS))
their_fields = st.lists(st.sampled_from(THEIR_FIELDS), max_size=3, unique=True)
our_fields = st.lists(st.sampled_from(OUR_FIELDS), min_size=1, max_size=3, unique=True)
tokens = st.sampled_from(["right", "right", "right", "right", "wrong", None])
blows = st.none() | st.none() | st.integers(min_value=1, max_value=25)
losses = st.just(()) | st.just(()) | st.lists(st.sampled_from(Loss), max_size=2)


class Run(Struct, dict=True):
    """A run of ours. `urls` are all that it ever had; its fuse may blow."""

    key: str
    lease: Lease
    fuse: Fuse
    ledger: FusedLedger
    topics: tuple[str, ...]
    takeover: bool


class WatchedEdge(MemoryEdge):
    """A client that notes when a callback of somebody else's is overwritten."""

    def __init__(self, machine: "LeaseMachine", takeover: bool) -> None:
        super().__init__(machine.graph)
        self._machine = machine
        self._takeover = takeover

    async def subscriptions(self) -> tuple[Subscription, ...]:
        self._machine.interfere()
        return await super().subscriptions()

    async def subscribe(self, **options: Any) -> None:
        current = self.graph.shown(options["object"])
        if current and current.callback_url in THEIRS:
            restoring = options["callback_url"] in THEIRS
            assert restoring or self._takeover, "displaced without takeover"
            assert not restoring or current.callback_url == options["callback_url"], "a colleague displaced"
        await super().subscribe(**options)

    async def unsubscribe(self, **options: Any) -> None:
        current = self.graph.shown(options["object"])
        assert current is None or current.callback_url not in THEIRS, "took something from somebody else"
        await super().unsubscribe(**options)


class LeaseMachine(RuleBasedStateMachine):
    """Runs, colleagues and callbacks in any order."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = QuickLedger(self.folder / "ledger.db")
        self.graph = MemoryGraph()
        self.graph.tokens = dict(THEIRS)
        self.runs: list[Run] = []
        self.count = 0
        self.baseline: dict[str, Subscription] = {}
        self.may_be_lost: set[str] = set()
        self.waiting: list[tuple[int, Callable[[], None]]] = []
        self.held: dict[str, tuple[str, str]] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            try:
                self._end_of_the_story()
            finally:
                shutil.rmtree(self.folder)

    # Actions of others

    @rule(topic=objects, url=their_urls, fields=their_fields, active=st.booleans())
    def somebody_registers(self, topic: str, url: str, fields: list[str], active: bool) -> None:
        self.graph.register(topic, url, fields, active=active)
        self._others_have_spoken(topic)

    @rule(topic=objects)
    def somebody_removes(self, topic: str) -> None:
        self.graph.remove(topic)
        self._others_have_spoken(topic)

    @rule(topic=objects)
    def somebody_adds_a_field(self, topic: str) -> None:
        current = self.graph.shown(topic)
        if current is None:
            return
        self.graph.register(topic, current.callback_url, ["theirs"], active=current.active)
        if before := self.baseline.get(topic):
            self.baseline[topic] = replace(before, fields=tuple(dict.fromkeys((*before.fields, "theirs"))))

    @rule(topic=objects, url=their_urls, fields=their_fields, looks=st.sampled_from([0, 1, 1, 2, 3, 4]))
    def somebody_will_register_before_a_later_look(self, topic: str, url: str, fields: list[str], looks: int) -> None:
        self.waiting.append((looks, lambda: self.somebody_registers(topic, url, fields, True)))

    @rule(url=their_urls)
    def a_callback_goes_down(self, url: str) -> None:
        self.graph.down.add(url)

    @rule()
    def all_callbacks_come_up(self) -> None:
        self.graph.down.clear()

    @rule(drops=st.booleans())
    def the_graph_drops_what_has_no_fields(self, drops: bool) -> None:
        self.graph.drops_empty = drops

    # Our actions

    @rule(
        topics=some_objects,
        fields=our_fields,
        takeover=st.booleans(),
        token=tokens,
        no_restore=st.sampled_from([False, False, False, True]),
        keep=st.booleans(),
        meanwhile=st.none() | st.none() | st.tuples(objects, their_urls, their_fields, st.just(True)),
        blow=blows,
        lost=losses,
    )
    def a_run_starts(
        self,
        topics: list[str],
        fields: list[str],
        takeover: bool,
        token: str | None,
        no_restore: bool,
        keep: bool,
        meanwhile: tuple[str, str, list[str], bool] | None,
        blow: int | None,
        lost: Sequence[Loss],
    ) -> None:
        self.count += 1
        url = f"https://ours/{self.count}"
        self.graph.tokens[url] = "our-token"
        fuse = Fuse(blow)
        ledger = fused(self.ledger, fuse)
        lease = Lease(
            FusedEdge(WatchedEdge(self, takeover), fuse),
            ledger,
            LeaseSettings(
                verify_token="our-token",
                takeover=takeover,
                restore_verify_token=self._token_of(topics[0]) if token == "right" else token,
                no_restore=no_restore,
                keep=keep,
            ),
            tuple(Topic(object=topic, fields=tuple(fields)) for topic in topics),
            holder=str(self.count),
            publish=lambda _: None,
            probe=MemoryProbe(self.graph),
            is_live=self._is_live,
            wait=no_wait,
        )
        run = Run(str(self.count), lease, fuse, ledger, tuple(topics), takeover)
        self.runs.append(run)
        posts = self._posts()

        async def start() -> None:
            plan = await lease.plan(url)
            if meanwhile:  # The plan waited for somebody's answer.
                self.somebody_registers(*meanwhile)
            await lease.acquire(plan)

        if self._act(run, start(), lost, blow):
            self._holds(run, url)
        else:
            self._gone(run)
        if takeover and no_restore:
            self.may_be_lost |= set(topics)
        # One POST for each object, and one for each that is put back, here or in healing.
        assert self._posts() - posts <= 2 * len(topics) + len(OBJECTS)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), blow=blows, lost=losses)
    def a_run_ends(self, data: st.DataObject, blow: int | None, lost: Sequence[Loss]) -> None:
        run = data.draw(st.sampled_from(self.runs))
        posts = self._posts()
        self._act(run, run.lease.release(), lost, blow)
        assert self._posts() - posts <= len(run.topics)
        self._gone(run)

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), blow=blows, lost=losses)
    def a_tunnel_comes_back_elsewhere(self, data: st.DataObject, blow: int | None, lost: Sequence[Loss]) -> None:
        run = data.draw(st.sampled_from(self.runs))
        self.count += 1
        url = f"https://ours/{self.count}"
        self.graph.tokens[url] = "our-token"
        posts = self._posts()
        if self._act(run, run.lease.move(url), lost, blow):
            self._holds(run, url)
        elif is_dead(run):
            self._gone(run)
        else:
            self._holds_no_more(run)
        assert self._posts() - posts <= len(run.topics)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def a_run_is_killed(self, data: st.DataObject) -> None:
        self._gone(data.draw(st.sampled_from(self.runs)))

    @rule(blow=blows, lost=losses)
    def somebody_tears_down(self, blow: int | None, lost: Sequence[Loss]) -> None:
        fuse = Fuse(blow)
        self._go(self._tear_down(fuse), lost)

    # Invariants

    @invariant()
    def a_subscription_of_others_is_as_they_left_it(self) -> None:
        for topic, before in getattr(self, "baseline", {}).items():
            current = self.graph.shown(topic)
            if current and current.callback_url == before.callback_url:
                assert set(current.fields) == set(before.fields)

    @invariant()
    def what_is_ours_is_in_the_ledger(self) -> None:
        if not hasattr(self, "ledger"):
            return
        known = {(entry.object, url) for entry in self.ledger.open_entries() for url in entry.callback_urls}
        for current in self.graph.all():
            assert current.callback_url in THEIRS or (current.object, current.callback_url) in known

    @invariant()
    def what_a_run_holds_is_touched_by_no_other_run(self) -> None:
        for topic, (_, url) in getattr(self, "held", {}).items():
            current = self.graph.shown(topic)
            assert current, f"{topic} was removed"
            assert current.callback_url == url

    def _end_of_the_story(self) -> None:
        self.waiting.clear()
        self.graph.down.clear()
        for run in list(self.runs):
            self._gone(run)
        self._go(self._tear_down(Fuse()), [])
        assert self.ledger.open_entries() == []
        for topic in OBJECTS:
            current, before = self.graph.shown(topic), self.baseline.get(topic)
            # A subscription without fields got no events either; once the graph has dropped it, it may stay away.
            if topic in self.may_be_lost or (before and not before.fields):
                assert current is None or (before and _alike(current, before))
            elif before is None:
                assert current is None
            else:
                assert current, f"{topic} was lost"
                assert _alike(current, before)

    # Helpers

    def interfere(self) -> None:
        """Somebody else acts at the last moment before a look; nobody can do anything about later ones."""
        due = [act for looks, act in self.waiting if looks == 0]
        self.waiting = [(looks - 1, act) for looks, act in self.waiting if looks > 0]
        for act in due:
            act()

    def _others_have_spoken(self, topic: str) -> None:
        """Assert that the registrations of others stay, with any of our fields that they took over."""
        current = self.graph.shown(topic)
        self.may_be_lost.discard(topic)
        self.held.pop(topic, None)
        if current:
            self.baseline[topic] = current
        else:
            self.baseline.pop(topic, None)

    def _act(self, run: Run, action: Coroutine[Any, Any, None], lost: Sequence[Loss], blow: int | None) -> bool:
        run.fuse.steps, run.fuse.at = 0, blow
        done = self._go(action, lost)
        if blow and run.fuse.steps >= blow:
            run.fuse.at = 0
        else:
            run.fuse.at = None
        return done

    def _go(self, action: Awaitable[None], lost: Sequence[Loss]) -> bool:
        """Return whether it ended well."""
        # A late call and a colleague who comes before it would meet at a place where nobody can look.
        self.graph.losses = [loss for loss in lost if loss is not Loss.LATE or not self.waiting]

        async def main() -> None:
            await action

        try:
            asyncio.run(main())
        except HookscopeError:
            return False
        except BaseException as error:
            if not is_crash(error):
                raise
            return False
        finally:
            self.graph.losses = []
            self.graph.land()
        return True

    async def _tear_down(self, fuse: Fuse) -> None:
        edge = FusedEdge(WatchedEdge(self, takeover=False), fuse)
        ledger = fused(self.ledger, fuse)
        entries = self.ledger.open_entries()
        async for _, _ in teardown(ledger, entries, lending(edge), restore, is_live=self._is_live, wait=no_wait):
            pass

    def _token_of(self, topic: str) -> str | None:
        current = self.graph.shown(topic)
        return THEIRS.get(current.callback_url) if current else None

    def _is_live(self, key: str) -> bool:
        return key in {run.key for run in self.runs}

    def _gone(self, run: Run) -> None:
        self._holds_no_more(run)
        if run in self.runs:
            self.runs.remove(run)

    def _holds(self, run: Run, url: str) -> None:
        """Note what a run has registered, as far as nobody else has been there since."""
        for entry in run.lease.open_entries:
            current = self.graph.shown(entry.object)
            if current and current.callback_url == url:
                self.held[entry.object] = (run.key, url)

    def _holds_no_more(self, run: Run) -> None:
        self.held = {topic: held for topic, held in self.held.items() if held[0] != run.key}

    def _posts(self) -> int:
        return sum(call.startswith("POST") for call in self.graph.calls)


def is_dead(run: Run) -> bool:
    """Return whether its fuse has blown."""
    return run.fuse.at == 0


def _alike(current: Subscription, before: Subscription) -> bool:
    return current.callback_url == before.callback_url and set(current.fields) == set(before.fields)


TestLease = LeaseMachine.TestCase
TestLease.settings = examples(
    300,
    stateful_step_count=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
