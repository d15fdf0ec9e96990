import pytest

from hookscope.errors import UsageError
from hookscope.formats.redaction import redact_item
from hookscope.model.run_events import Captured, Level, Notice, TunnelDown
from hookscope.secret_sources import Secret, SecretSources, is_secret_variable
from hookscope.subprocesses import environment
from tests.support.captures import make_capture

ONE, TWO, THREE = (
    "5f1d0c9b8a7e6d5c4b3a29181706f5e4",
    "9a8b7c6d5e4f30211203f4e5d6c7b8a9",
    "c0ffee00c0ffee00c0ffee00c0ffee00",
)


def _reveal(secrets: tuple[Secret, ...]) -> list[str]:
    return [secret.reveal() for secret in secrets]


def test_secrets_from_the_environment_are_known() -> None:
    known = SecretSources({"HOOKSCOPE_APP_SECRET": f" {ONE}\n", "HOOKSCOPE_EXTRA_SECRETS": f"{TWO}, ,{ONE}"})
    assert known.app_secret == Secret(ONE)
    assert _reveal(known.signing) == [ONE, TWO]
    assert set(known.redactable) == {ONE, TWO}
    nothing = SecretSources({})
    assert (nothing.app_secret, nothing.signing, nothing.redactable) == (None, (), ())


def test_a_further_secret_that_is_not_text_is_refused_before_it_judges_anything() -> None:
    with pytest.raises(UsageError, match="in HOOKSCOPE_EXTRA_SECRETS is empty or not a secret"):
        SecretSources({"HOOKSCOPE_EXTRA_SECRETS": f"{TWO},\udcff\udcfe"})


def test_a_secret_that_comes_later_counts_wherever_the_value_was_handed_to() -> None:
    known = SecretSources({"HOOKSCOPE_APP_SECRET": ONE, "HOOKSCOPE_EXTRA_SECRETS": TWO})
    known.use_app_secret(Secret(THREE))
    assert _reveal(known.signing) == [THREE, TWO]
    assert known.redact(f"{ONE} {TWO} {THREE}") == "••• ••• •••"


def test_an_access_token_that_comes_later_is_redacted() -> None:
    known = SecretSources({})
    known.use_page_token(Secret(ONE))
    known.use_user_token(Secret(TWO))
    assert known.redact(f"{ONE} {TWO}") == "••• •••"


@pytest.mark.parametrize("name", ["NGROK_AUTHTOKEN", "NGROK_API_KEY"])
def test_the_ngrok_authtoken_signs_nothing_and_is_redacted(name: str) -> None:
    known = SecretSources({name: ONE})
    assert known.signing == ()
    assert known.redact(f"token={ONE}") == "token=•••"


def test_a_secret_is_kept_out_in_each_form_and_whole() -> None:
    known = SecretSources({})
    known.keep_out([Secret('a/secret+with "marks"'), Secret('a/secret+with "marks" and more')])
    for told in (
        'a/secret+with "marks" and more',
        "a%2Fsecret%2Bwith%20%22marks%22%20and%20more",
        r"a/secret+with \"marks\" and more",
        r"a\/secret+with \"marks\" and more",
    ):
        assert known.redact(f"<{told}>") == "<•••>"


def test_a_secret_equals_itself_and_no_text() -> None:
    assert Secret(ONE) == Secret(ONE) != Secret(TWO)
    assert Secret(ONE) != ONE


def test_text_too_short_to_be_a_secret_changes_nothing() -> None:
    assert SecretSources({"HOOKSCOPE_APP_SECRET": "0123456789abcdef"}).redact("<0123456789abcdef>") == "<•••>"
    assert SecretSources({"HOOKSCOPE_APP_SECRET": "page"}).redact("page.feed") == "page.feed"


def test_no_item_of_the_stream_tells_a_secret_in_words() -> None:
    known = SecretSources({"HOOKSCOPE_APP_SECRET": ONE})
    notice = redact_item(Notice(level=Level.ERROR, message=f"refused: {ONE}", hint=f"not {ONE}"), known)
    assert isinstance(notice, Notice)
    assert (notice.message, notice.hint, notice.level) == ("refused: •••", "not •••", Level.ERROR)
    down = redact_item(TunnelDown(provider="ngrok", reason=ONE), known)
    assert isinstance(down, TunnelDown)
    assert down.reason == "•••"
    captured = Captured(capture=make_capture(ONE.encode()))
    assert redact_item(captured, known) is captured


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("HOOKSCOPE_APP_SECRET", True),
        ("HOOKSCOPE_EXTRA_SECRETS", True),
        ("HOOKSCOPE_VERIFY_TOKEN", True),
        ("HOOKSCOPE_HEADER", True),
        ("HOOKSCOPE_PAGE_TOKEN", True),
        ("NGROK_AUTHTOKEN", True),
        ("NGROK_API_KEY", True),
        ("HOOKSCOPE_LOG", True),
        ("HOOKSCOPE_FROM", True),
        ("PGPASSWORD", True),
        ("HOOKSCOPE_JOURNAL", False),
        ("HOOKSCOPE_TUI_SCREENSHOT", False),
        ("PATH", False),
        ("SSH_AUTH_SOCK", False),
        ("TUNNEL_TOKEN", False),  # cloudflared's own, which it must get.
    ],
)
def test_no_child_gets_a_variable_that_may_hold_a_secret(name: str, may: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x")
    assert is_secret_variable(name) == may
    assert (name in environment()) != may
