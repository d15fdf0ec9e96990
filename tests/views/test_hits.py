"""From hit to hit of a search, also between the events of a batch."""

from array import array

from hookscope.model.capture_id import EventRef
from hookscope.views.hits import Hits


def hits(*, unfolded: bool = True) -> Hits:
    """Return three hits: 4, of the batch 6 the events 2 and 5, and 9."""
    found = Hits(lambda _: unfolded, lambda: unfolded)
    found.add(array("q", [6, 9]), {6: (2, 5)}, older=True)
    found.add(array("q", [4]), {}, older=True)
    return found


def visited(found: Hits, direction: int) -> list[str]:
    at, refs = EventRef(9), list[str]()
    for _ in range(5):
        at = found.after(at, direction)
        refs.append(str(at))
    return refs


def test_it_goes_through_the_events_that_match_and_around() -> None:
    assert visited(hits(), -1) == ["6.5", "6.2", "4", "9", "6.5"]
    assert visited(hits(), 1) == ["4", "6.2", "6.5", "9", "4"]


def test_a_folded_batch_is_one_hit() -> None:
    assert visited(hits(unfolded=False), -1) == ["6", "4", "9", "6", "4"]
    assert visited(hits(unfolded=False), 1) == ["4", "6", "9", "4", "6"]


def test_it_begins_at_the_selected_row_or_before_it() -> None:
    rows = [EventRef(12), EventRef(8), EventRef(6, 4), EventRef(6), EventRef(5), EventRef(1)]
    assert [str(hits().newest_until(ref)) for ref in rows] == ["9", "6.5", "6.2", "6.2", "4", "9"]


def test_captures_that_changed_leave_or_keep_other_events() -> None:
    found = hits()
    found.revise([4, 6], {6}, {6: (3,)})
    assert visited(found, -1)[:2] == ["6.3", "9"]
    assert [found.place(ref) for ref in (EventRef(9), EventRef(6, 3), EventRef(4))] == [1, 2, None]
    assert len(found) == 2


def test_it_counts_the_rows_that_it_goes_to() -> None:
    rows = [EventRef(9), EventRef(6, 5), EventRef(6, 2), EventRef(6), EventRef(6, 3), EventRef(5), EventRef(4)]
    assert len(hits()) == 4
    assert [hits().place(ref) for ref in rows] == [1, 2, 3, None, None, None, 4]
    assert len(hits(unfolded=False)) == 3
    assert [hits(unfolded=False).place(ref) for ref in (EventRef(9), EventRef(6), EventRef(4))] == [1, 2, 3]


def test_it_counts_again_when_a_batch_is_folded() -> None:
    rows = {EventRef(6, 2), EventRef(6, 5)}
    found = Hits(rows.__contains__, lambda: len(rows))
    found.add(array("q", [6]), {6: (2, 5)}, older=True)
    assert len(found) == 2
    rows.clear()
    assert len(found) == 1
