"""Rows of the list are rendered once for as long as they look the same."""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from hookscope.model.delivery_status import DeliveryStatus
from hookscope.tui import theme
from hookscope.tui.render.capture_row import Moment
from hookscope.tui.render.columns import columns
from hookscope.tui.render.row_strips import RowStrips
from hookscope.views.row_reader import Row
from tests.support.captures import WHEN, feed_body, make_capture
from tests.tui.stage import stage
from tests.tui.test_capture_row import LINE, row_of

SHAPE = columns(100, forwarding=True)
COLORS: dict[str, str] = {"background": "#000000", "selected": "#303030", **dict.fromkeys(theme.Tone, "#ffffff")}
PLAIN, SELECTED = theme.styles(COLORS, "background"), theme.styles(COLORS, "selected")


def strips(moment: Moment) -> RowStrips:
    return RowStrips(SHAPE, moment, 100)


def test_a_row_is_rendered_anew_when_it_looks_different() -> None:
    rendered = strips(Moment(today=WHEN))
    row, answered = row_of(LINE), row_of(replace(LINE, outcome=DeliveryStatus(status=200, elapsed_ms=1)))
    first = rendered.row(row, PLAIN, is_selected=False)
    assert rendered.row(Row(ref=row.ref, line=row.line), PLAIN, is_selected=False) is first
    assert "✓200" in rendered.row(answered, PLAIN, is_selected=False).text
    assert rendered.row(answered, SELECTED, is_selected=True).text.startswith("▌")


def test_rows_are_kept_for_one_context() -> None:
    today = strips(Moment(today=WHEN))
    assert today.fit(SHAPE, Moment(today=WHEN), 100)
    assert not today.fit(SHAPE, Moment(today=WHEN + timedelta(days=1)), 100)
    assert not today.fit(SHAPE, Moment(today=WHEN, wanted=(("hi", False),)), 100)
    assert not today.fit(SHAPE, Moment(today=WHEN), 101)


async def test_captures_that_come_into_a_long_list_need_no_layout(tmp_path: Path) -> None:
    laid_out: list[object] = []
    async with stage(tmp_path) as shown:
        await shown.engine.receive(*(make_capture(feed_body(f"n{n}", comment_id=str(n))) for n in range(30)))
        await shown.see("n29")
        await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)
        await shown.press("G")  # It has painted what it has heard.
        shown.app.screen.screen_layout_refresh_signal.subscribe(shown.app.main, laid_out.append)
        await shown.engine.receive(*(make_capture(feed_body(f"m{n}", comment_id=f"1{n}")) for n in range(30)))
        await shown.see("m29")
    assert not laid_out
