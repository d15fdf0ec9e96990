"""The list with a heading, or what there is to be done before the first capture."""

from textual.app import ComposeResult
from textual.containers import Vertical

from hookscope.model.run_events import Phase
from hookscope.tui.render import panels
from hookscope.tui.render.capture_row import Moment
from hookscope.tui.render.columns import heading, list_state
from hookscope.tui.view_state import ViewState
from hookscope.tui.widgets.capture_list import CaptureList
from hookscope.tui.widgets.text import StateText, StaticText
from hookscope.views.highlight import Sought
from hookscope.views.timeline import Timeline


class ListPane(Vertical):
    """Shows the rows of a timeline as of a state."""

    def __init__(self, timeline: Timeline, captures: CaptureList, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._timeline = timeline
        self._captures = captures

    def compose(self) -> ComposeResult:
        """Compose heading and list, and the text of a start."""
        yield StaticText(id="list-head")
        yield self._captures
        yield StateText(panels.start, id="start")

    @property
    def is_blank(self) -> bool:
        """True if there is no capture, and something to be done about it."""
        return not self._timeline.count and self.query_one("#start").display

    def show(self, state: ViewState, wanted: Sought, *, has_problem: bool, all_runs: bool) -> None:
        """Paint the list, with the words highlighted that are searched for."""
        moment = Moment(
            today=state.now.replace(hour=0, minute=0, second=0, microsecond=0),
            began=state.began,
            run=state.status.run_id,
            forwards=bool(state.status.targets),
            wanted=wanted,
        )
        self._captures.show(moment, forwarding=state.forwards)
        if (captures := self._captures).size:
            has_problem = has_problem and state.status.phase is not Phase.STARTING
            badge = list_state(self._timeline, captures.shape.summary, has_problem=has_problem, all_runs=all_runs)
            self.query_one("#list-head", StaticText).show(heading(captures.shape, badge, captures.day))
