"""One table of actions: keys, command palette, footer and help come from it."""

import ast
import inspect
from pathlib import Path

from textual.binding import Binding

from hookscope.tui.app import HookscopeApp
from hookscope.tui.controllers.annotate import AnnotateController
from hookscope.tui.controllers.export import ExportController
from hookscope.tui.controllers.replay import ReplayController
from hookscope.tui.controllers.search import SearchController
from hookscope.tui.render import footer
from hookscope.tui.screens.main import MainScreen
from hookscope.tui.widgets.capture_list import CaptureList
from hookscope.tui.widgets.detail_pane import Detail
from hookscope.tui.widgets.line_view import LineView
from hookscope.views.actions import ACTIONS, Group, help_lines
from tests.tui.stage import stage

_OWNERS = (HookscopeApp, MainScreen, CaptureList, Detail, LineView)
_MOVING = {"j", "k", "up", "down", "g", "G", "enter", "d", "escape"}
_FINDING = {"slash", "n", "N", "f", "F", "space", "question_mark", "f1", "i", "ctrl+p", "q", "ctrl+c"}
_ACTING = {"r", "R", "e", "t", "m", "equals_sign", "x", "y", "delete"}
_DOCUMENTED = _MOVING | _FINDING | _ACTING


def test_every_binding_of_the_main_screen_is_an_action() -> None:
    bound = [binding for owner in _OWNERS for binding in owner.__dict__.get("BINDINGS", ())]
    assert bound
    for binding in bound:
        assert isinstance(binding, Binding)
        action = ACTIONS[binding.id or ""]
        assert (binding.key, binding.action) == (action.keys, action.runs)


def test_every_documented_key_is_bound() -> None:
    keys = {key for action in ACTIONS.values() for key in action.keys.split(",")}
    assert keys >= _DOCUMENTED


def test_every_action_is_explained_in_the_help() -> None:
    lines = [action for group in Group for action, _, _ in help_lines(group)]
    assert len(lines) == len(set(lines))
    for action in ACTIONS.values():
        assert (action.see or action.id) in lines, action.id


def test_the_footer_has_only_buttons_of_actions() -> None:
    named = {
        node.args[0].value
        for node in ast.walk(ast.parse(inspect.getsource(footer)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "_button"
        and isinstance(node.args[0], ast.Constant)
    }
    assert named == {action.id for action in ACTIONS.values() if action.button}


async def test_every_action_of_the_application_has_one_that_carries_it_out(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        ids = {action.id for action in ACTIONS.values() if action.runs.startswith("app.act")}
        assert shown.app._commands.keys() == ids


async def test_the_palette_offers_the_commands(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        offered = [command.title for command in shown.app.get_system_commands(shown.app.screen)]
        titles = [action.command[0] for action in ACTIONS.values() if action.command]
        assert [title for title in offered if title != "Light colors"] == [
            title for title in titles if title != "Light or dark colors"
        ]


async def test_the_palette_names_the_key_of_each_command(tmp_path: Path) -> None:
    async with stage(tmp_path) as shown:
        told = {command.title: command.help for command in shown.app.get_system_commands(shown.app.screen)}
        assert told["Compare"] == "Show how the two marked captures differ · ="
        assert told["Follow"].endswith(" · F")
        assert told["Show changes"].endswith(" · D")
        assert told["Copy headers"] == "Copy its headers"
        await shown.press("ctrl+p", *"compare")
        await shown.see("differ · =")


def test_no_controller_derives_from_another() -> None:
    for controller in (SearchController, AnnotateController, ExportController, ReplayController):
        assert controller.__bases__ == (object,)
