"""The functions that carry out the actions, by the ids of the table of actions."""

from collections.abc import Callable, Mapping
from functools import partial

from msgspec import Struct

from hookscope.tui.controllers.annotate import AnnotateController
from hookscope.tui.controllers.doctor import DoctorController
from hookscope.tui.controllers.ending import EndingController
from hookscope.tui.controllers.export import ExportController
from hookscope.tui.controllers.fetch import FetchController
from hookscope.tui.controllers.panels import PanelController
from hookscope.tui.controllers.replay import ReplayController
from hookscope.tui.controllers.search_keys import SearchKeys
from hookscope.tui.controllers.suspension import SuspensionController
from hookscope.tui.render.detail_pages import Tab
from hookscope.tui.screens.main import MainScreen

Commands = Mapping[str, Callable[[], None]]
"""The functions to call, by the ids of actions."""


class Controllers(Struct, frozen=True, kw_only=True):
    """The controllers that act for the user."""

    search_keys: SearchKeys
    annotate: AnnotateController
    export: ExportController
    replay: ReplayController
    fetch: FetchController
    doctor: DoctorController
    panels: PanelController
    ending: EndingController
    suspension: SuspensionController

    def commands(self, main: MainScreen) -> Commands:
        """Return the actions of the controllers, and those of the main screen itself."""
        return {**_shown(main), **self._searching(), **self._on_a_capture(), **self._on_the_run()}

    def _searching(self) -> Commands:
        keys = self.search_keys
        return {
            "filter": keys.filter,
            "suspend_filter": keys.suspend_filter,
            "search": keys.search,
            "older_hit": partial(keys.go_to_hit, -1),
            "newer_hit": partial(keys.go_to_hit, 1),
            "keep_typed": partial(keys.close, kept=True),
            "forget_typed": partial(keys.close, kept=False),
            "back": keys.back,
        }

    def _on_a_capture(self) -> Commands:
        return {
            "replay": self.replay.replay,
            "replay_to": self.replay.replay_to,
            "replay_filtered": self.replay.replay_filtered,
            "edit": self.replay.edit,
            "copy": self.export.copy,
            "copy_body": partial(self.export.copy_as, "body"),
            "copy_headers": partial(self.export.copy_as, "headers"),
            "copy_curl": partial(self.export.copy_as, "curl"),
            "copy_path": self.export.copy_path,
            "export": self.export.export,
            "compare": self.export.compare,
            "compare_with_previous": self.export.compare_with_previous,
            "mark": self.annotate.mark,
            "note": self.annotate.note,
            "delete": self.annotate.delete,
            "clear": self.annotate.clear,
            "fetch": self.fetch.open,
        }

    def _on_the_run(self) -> Commands:
        return {
            "trigger": self.replay.trigger,
            "doctor": self.doctor.open,
            "connection": self.panels.connection,
            "help": self.panels.help,
            "suspend_view": self.suspension.suspend,
            "quit": partial(self.ending.end, again=False),
            "interrupt": partial(self.ending.end, again=True),
        }


def _shown(main: MainScreen) -> Commands:
    """Return the actions that change only the display."""
    return {
        "follow": main.captures.follow,
        "last": main.captures.follow,
        "switch_runs": main.switch_runs,
        "pause": main.captures.pause,
        "zoom": main.zoom,
        "place_details": main.place_details,
        "next_tab": main.next_tab,
        **{f"tab_{tab:d}": partial(main.show_tab, tab) for tab in Tab},
    }
