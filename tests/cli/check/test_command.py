"""`hookscope check` as a program: its table, its JSON, its report, and its exit codes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.shell_completion import ShellComplete

from hookscope.cli.check.command import command
from hookscope.diagnosis.endpoint.registry import CHECKS
from hookscope.errors import ExitCode
from tests.diagnosis.endpoint.receiver import SECRET, TOKEN, Receiver, Reserialized, SmallBodies, TellsSecret, served
from tests.support.certificates import Authority
from tests.support.program import COMMAND, Home, call
from tests.support.slow import slow_rows_after

GIVEN = ("--verify-token", TOKEN)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    found.environment["HOOKSCOPE_APP_SECRET"] = SECRET
    return found


async def test_a_right_endpoint_ends_with_0(home: Home) -> None:
    async with served(Receiver()) as url:
        done = await call(home, "check", url, *GIVEN)
    assert done.code == ExitCode.OK, done.stdout + done.stderr
    assert "✓ handshake.challenge           the right token gets the bare challenge (" in done.stdout
    assert (
        f"sending handshakes and made-up page.feed.comment events, signed with the app secret, to {url}" in done.stderr
    )
    assert "failed" not in done.stderr


async def test_a_failed_check_ends_with_8_and_says_how_to_mend_it(home: Home) -> None:
    home.environment["COLUMNS"] = "200"
    async with served(Reserialized()) as url:
        done = await call(home, "check", url, *GIVEN, "--only", "signature", "--skip", "signature.sha1")
    assert done.code == ExitCode.DELIVERY
    assert (
        "✗ signature.escaped             a valid signature over escaped characters is refused: HTTP 401 ("
        in done.stdout
    )
    assert "\n    → compute the HMAC over the raw bytes of the body" in done.stdout
    assert "sha1" not in done.stdout
    assert f"hookscope check {url} --verify-token TOKEN --only signature.escaped" in done.stderr


async def test_the_command_to_repeat_makes_the_same_check(home: Home) -> None:
    given = ("--only", "handshake", "--only", "signature.escaped", "--event", "instagram.comments")
    async with served(Reserialized()) as url:
        done = await call(home, "check", f"{url}?a=1&b=2", *given)
    assert f"check '{url}?a=1&b=2' --event instagram.comments --only signature.escaped\n" in done.stderr


async def test_what_kept_checks_from_running_is_said_with_the_option(home: Home) -> None:
    async with served(Receiver()) as url:
        done = await call(home, "check", url, "--only", "handshake", "--json")
    assert done.code == ExitCode.OK, done.stdout + done.stderr
    assert "no verify token is known\n  → give the one that your app expects: --verify-token\n" in done.stderr


async def test_json_has_an_object_a_check(home: Home) -> None:
    async with served(TellsSecret()) as url:
        done = await call(home, "check", url, *GIVEN, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in found] == ["endpoint.reachable", *(check.id for check in CHECKS)]
    assert {tuple(one) for one in found} == {("id", "state", "what", "why", "next_step", "title", "elapsed_ms")}
    assert [one["id"] for one in found if one["state"] == "failed"] == ["answer.secrets"]
    assert SECRET not in done.stdout + done.stderr
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.slow
async def test_junit_is_read_by_an_xml_parser(home: Home) -> None:
    file = home.work / "report.xml"
    async with served(SmallBodies()) as url:
        done = await call(home, "check", f"{url}?a=1&b=<", *GIVEN, "--skip", "signature", "--junit", str(file))
    assert done.code == ExitCode.DELIVERY
    suite = ElementTree.parse(file).getroot()[0]
    cases = suite.findall("testcase")
    assert (suite.get("failures"), int(suite.get("tests", 0))) == ("1", len(cases))
    (failed,) = [case for case in cases if case.find("failure") is not None]
    assert failed.get("name") == "payload.large"
    text = failed.findtext("failure") or ""
    assert "413" in text
    assert "client_max_body_size" in text


async def test_without_a_secret_signatures_are_grey(home: Home) -> None:
    del home.environment["HOOKSCOPE_APP_SECRET"]
    async with served(Receiver()) as url:
        done = await call(home, "check", url, *GIVEN)
        file = home.work / "secret"
        file.write_text(SECRET)
        with_file = await call(home, "check", url, *GIVEN, "--only", "signature.valid", "--app-secret-file", str(file))
    assert done.code == ExitCode.OK
    assert "· signature.invalid             not checked: no app secret is known\n" in done.stdout
    assert done.stderr.count("→ set HOOKSCOPE_APP_SECRET") == 1
    assert "✓ signature.valid" in with_file.stdout


async def test_an_unreachable_endpoint_is_one_failure(home: Home) -> None:
    async with served(Receiver()) as url:
        pass
    file = home.work / "report.xml"
    done = await call(home, "check", url, "--json", "--junit", str(file))
    assert done.code == ExitCode.DELIVERY
    (found,) = map(json.loads, done.stdout.splitlines())
    assert (found["id"], found["state"]) == ("endpoint.reachable", "failed")
    assert "there is no endpoint to check" in done.stderr
    assert ElementTree.parse(file).getroot().get("failures") == "1"


@pytest.mark.slow
async def test_tls_is_spoken_and_certificates_are_verified(home: Home, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    given = (*GIVEN, "--only", "handshake", "--only", "notification", "--only", "http.keep-alive", "--json")
    async with served(Receiver(), authority.server("localhost")) as url:
        refused = await call(home, "check", url, *given)
        home.environment["SSL_CERT_FILE"] = str(authority.file)
        # The trusted authorities are those of the process when it starts.
        taken = await call(home, "check", url, *given, command=COMMAND)
    assert refused.code == ExitCode.DELIVERY
    (found,) = map(json.loads, refused.stdout.splitlines())
    assert "certificate" in found["what"]
    assert taken.code == ExitCode.OK, taken.stdout + taken.stderr
    assert {json.loads(line)["state"] for line in taken.stdout.splitlines()} == {"ok"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    slow_rows_after(
        4,
        [
            (("http://example.com/hook",), "is not https"),
            (("not a url",), "is not a valid target"),
            (("https://user:word@example.com/",), "must not contain a user or password"),
            (("3000", "--only", "nothing"), "there is no check 'nothing'"),
            (("3000", "--skip", "http.lode"), "there is no check 'http.lode'"),
            (("3000", "--only", "http.load", "--skip", "http"), "leave no check"),
            (("3000", "--event", "page.fed"), "no sample 'page.fed'"),
            (("3000", "--junit", "nowhere/report.xml"), "there is no folder nowhere"),
            (("3000", "--app-secret", SECRET), "does not belong on the command line"),
        ],
    ),
)
async def test_impossible_requests_are_refused(home: Home, arguments: tuple[str, ...], told: str) -> None:
    done = await call(home, "check", *arguments)
    assert (done.code, done.stdout) == (ExitCode.USAGE, "")
    assert told in done.stderr
    assert SECRET not in done.stderr


def test_the_shell_completes_the_checks_with_their_titles() -> None:
    for option in ("--only", "--skip"):
        found = ShellComplete(command, {}, "check", "_C").get_completions([option], "answer.")
        assert {(one.value, one.help) for one in found} == {
            (check.id, check.title) for check in CHECKS if check.id.startswith("answer.")
        }
        assert found
