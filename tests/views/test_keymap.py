import pytest

from hookscope.errors import UsageError
from hookscope.views.actions import ACTIONS, Action, Group, help_lines
from hookscope.views.keymap import key_name, rebound


def test_an_action_gets_other_keys_in_its_help_and_its_button() -> None:
    found = rebound({"replay": "ctrl+r /", "search": "f3"})
    assert found["replay"].keys == "ctrl+r,slash"
    assert found["replay"].button == ("ctrl+r", "replay")
    assert [keys for name, keys, _ in help_lines(Group.CAPTURE, found) if name == "replay"] == ["ctrl+r  /"]
    assert found["delete"] == ACTIONS["delete"]


def test_an_action_may_have_no_key() -> None:
    assert rebound({"replay": ""})["replay"].keys == ""


@pytest.mark.parametrize(
    ("keys", "what", "hint"),
    [
        ({"replya": "z"}, "no action 'replya'", "did you mean replay?"),
        ({"replay": "hyper+z"}, "no key 'hyper+z'", "ctrl+k"),
        ({"replay": "t"}, "replay and trigger would share the key t", "another key"),
        ({"replay": "j"}, "replay and down would share the key j", ""),
        ({"down": "r"}, "down and replay would share the key r", ""),
        ({"replay": "ctrl+p"}, "replay and commands would share the key ctrl+p", ""),
        ({"interrupt": "z"}, "the key of interrupt cannot be changed", ""),
        ({"keep_typed": "w"}, "no action 'keep_typed'", ""),
    ],
)
def test_what_cannot_be_is_refused(keys: dict[str, str], what: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        rebound(keys)
    assert what in raised.value.message
    assert hint in (raised.value.hint or "")


def test_two_actions_can_exchange_their_keys() -> None:
    found = rebound({"replay": "t", "trigger": "r"})
    assert (found["replay"].keys, found["trigger"].keys) == ("t", "r")


def test_the_keys_as_they_are_do_not_clash() -> None:
    own = {one.id: " ".join(one.keys.split(",")) for one in ACTIONS.values() if one.keys}
    fixed = {"interrupt", "commands", "other_pane"}
    written = {name: keys.replace("slash", "/").replace("equals_sign", "=") for name, keys in own.items()}
    found = rebound({name: keys.replace("question_mark", "?") for name, keys in written.items() if name not in fixed})
    assert {one.id: one.keys for one in found.values()} == {one.id: one.keys for one in ACTIONS.values()}


@pytest.mark.parametrize(
    ("written", "name"),
    [("G", "G"), ("?", "question_mark"), ("ctrl+Up", "ctrl+up"), ("Ctrl+k", "ctrl+k"), ("esc", "escape"), ("@", "at")],
)
def test_keys_are_written_as_people_write_them(written: str, name: str) -> None:
    assert key_name(written) == name


def test_every_action_is_one_that_a_key_or_the_palette_runs() -> None:
    for action in ACTIONS.values():
        assert isinstance(action, Action)
        assert action.keys or action.command or action.button
