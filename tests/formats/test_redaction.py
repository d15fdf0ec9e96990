import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hookscope.formats import redaction
from hookscope.formats.redaction import redact, redact_bytes, redact_text
from hookscope.model.record import Headers, Reply
from tests.support.captures import SECRET, feed_body, make_capture, make_handshake

TOKEN = "EAABsbCS1iHgBAKZCxQPZBzr7ZAa9vDwZDZD"


def redacted_body(body: str) -> str:
    return redact(make_capture(body.encode())).capture.request.body.decode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('{"access_token":"abc","a":1}', '{"access_token":"REDACTED","a":1}'),
        ('{ "access_token" : "a\\"b" }', '{ "access_token" : "REDACTED" }'),
        ('{"ACCESS_TOKEN":"abc"}', '{"ACCESS_TOKEN":"REDACTED"}'),
        ('{"access\\u005ftoken":"abc"}', '{"access\\u005ftoken":"REDACTED"}'),
        *[
            (f'{{"{name}":"abc"}}', f'{{"{name}":"REDACTED"}}')
            for name in ["".join(f"\\u{ord(char):04x}" for char in "page_access_token")]
        ],
        ('{"appsecret_proof":12}', '{"appsecret_proof":"REDACTED"}'),
        ('{"access_token":"cut off', '{"access_token":"REDACTED"'),
        ('{"verify_token":"v","hub.verify_token":"w"}', '{"verify_token":"REDACTED","hub.verify_token":"REDACTED"}'),
        (
            '{"next":"https:\\/\\/graph.example\\/1?access_token=abc\\u0026limit=2"}',
            '{"next":"https:\\/\\/graph.example\\/1?access_token=REDACTED\\u0026limit=2"}',
        ),
        ("grant=x&client_secret=abc&y=z", "grant=x&client_secret=REDACTED&y=z"),
        (f'{{"text":"my token is {TOKEN}."}}', '{"text":"my token is REDACTED."}'),
        ('{"user":"a","Password":"abc"}', '{"user":"a","Password":"REDACTED"}'),
        ("log=a&user_password=abc&x=1", "log=a&user_password=REDACTED&x=1"),
        (
            f"to=https%3A%2F%2Fa%2F%3Fx%3D1%26access_token%3D{TOKEN}%26y%3D2&access_token%3Dabc&z%3D3",
            "to=https%3A%2F%2Fa%2F%3Fx%3D1%26access_token%3DREDACTED%26y%3D2&access_token%3DREDACTED&z%3D3",
        ),
        ("to=a%253Faccess_token%253Dabc%2526y%253D2", "to=a%253Faccess_token%253DREDACTED%2526y%253D2"),
        (f"a%3D{TOKEN}", "a%3DREDACTED"),
        ("a%63cess%5F%74oken=abc&x=1", "a%63cess%5F%74oken=REDACTED&x=1"),
        ('{"url":"https://user:pass@host/"}', '{"url":"https://user:REDACTED@host/"}'),
        (r'{"url":"https:\/\/user:pass\u0040host\/"}', r'{"url":"https:\/\/user:REDACTED\u0040host\/"}'),
    ],
)
def test_secrets_in_a_body_are_taken_out(body: str, wanted: str) -> None:
    assert redacted_body(body) == wanted


@pytest.mark.parametrize(
    "body",
    [
        feed_body("the token is secret: 50% proof, https://example.com/a:b@c").decode(),
        '{"access_token":null,"tokens":{"access_tokens":["a"]}}',
        '{"message":"EAA is short, and so is wamid.HBgLEAABsbCS"}',
        '{"token":{"name":"x"},"secret":[1]}',
    ],
)
def test_text_that_is_not_a_secret_stays_byte_for_byte(body: str) -> None:
    done = redact(make_capture(body.encode()))
    assert done.capture.request.body.decode() == body
    assert not done.changed


def test_headers_that_log_somebody_in_are_taken_out_in_their_places() -> None:
    headers: Headers = (
        (b"Authorization", b"Bearer abc"),
        (b"X-Hub-Signature-256", b"sha256=0f"),
        (b"cookie", b"sid=1"),
        (b"Set-Cookie", b"sid=1"),
        (b"X-Api-Key", b"abc"),
        (b"X-Access-Token", b"abc"),
        (b"Referer", b"https://a.example/?access_token=abc&b=1"),
    )
    capture = make_capture(request=replace(make_capture().request, headers=headers))
    done = redact(capture)
    assert done.capture.request.headers == (
        (b"Authorization", b"REDACTED"),
        (b"X-Hub-Signature-256", b"sha256=0f"),
        (b"cookie", b"REDACTED"),
        (b"Set-Cookie", b"REDACTED"),
        (b"X-Api-Key", b"REDACTED"),
        (b"X-Access-Token", b"REDACTED"),
        (b"Referer", b"https://a.example/?access_token=REDACTED&b=1"),
    )
    assert done.changed


@pytest.mark.parametrize("name", ["hub.verify_token", "hub%2Everify_token", "hub_verify_token"])
def test_the_verify_token_of_a_handshake_is_taken_out(name: str) -> None:
    request = replace(make_handshake().request, target=f"/hook?hub.challenge=1&{name}=abc&x=y")
    target = redact(make_handshake(request=request)).capture.request.target
    assert target == f"/hook?hub.challenge=1&{name}=REDACTED&x=y"


def test_the_answer_and_known_secrets_are_looked_at_too() -> None:
    capture = make_capture(f"it is {SECRET}!".encode(), reply=Reply(status=200, body=b'{"access_token":"a"}'))
    done = redact(capture, [SECRET])
    assert done.changed
    assert done.capture.request.body == b"it is REDACTED!"
    assert done.capture.reply.body == b'{"access_token":"REDACTED"}'


def test_a_note_that_alone_holds_a_secret_is_redacted() -> None:
    done = redact(make_capture(b"{}", note=f"sent with {TOKEN}"))
    assert done.changed
    assert done.capture.note == "sent with REDACTED"


def test_a_header_that_alone_holds_a_secret_is_redacted() -> None:
    request = replace(make_capture(b"{}").request, headers=((b"Cookie", b"a=1"),))
    assert redact(make_capture(request=request)).capture.request.headers == ((b"Cookie", b"REDACTED"),)


def test_an_empty_secret_changes_nothing() -> None:
    capture = make_capture(b'{"access_token":"abc"}')
    assert redact(capture, [""]) == redact(capture)
    assert redact_text("a token", [""]) == "a token"
    assert redact_bytes(b"a token", [""]) == b"a token"


def test_a_line_of_text_is_redacted_too() -> None:
    assert redact_text("http://u:p@localhost:3000/x?access_token=a&b") == (
        "http://u:REDACTED@localhost:3000/x?access_token=REDACTED&b"
    )


def test_hostile_bytes_take_no_long_time() -> None:
    for text in (b'"' * 200_000, b'"a\\' * 100_000, b"token=" * 50_000, b'"access_token":"' + b"\\" * 200_000):
        redact(make_capture(text + b"token"))


_PIECES = st.sampled_from(
    [
        *(b"access_token", b"ACCESS_", b"tok", b"ToKeN", b"client_secret", b"hub.verify_", b"password", b"appsecret_"),
        *(b"proof", b"\\u0074", b"\\u006B", b"\\u00e5", b"\\u0040", b"%74", b"%4B", b"%5F", b"%253D", b"%3D", b"%"),
        *(b'"', b'":"', b"=", b"&", b":", b"://", b":\\/\\/", b":/\\/", b"/", b"@", b"\\", b" ", b"\n", b"u", b"00"),
        *(b"EAA", b"IGAA", b"IGQ", b"A", b"abcdefghijklmnopqrstuvwxyz", b"\xe5", b"secret of ours"),
    ]
)


@given(st.lists(_PIECES, max_size=12).map(b"".join))
def test_a_text_that_is_passed_over_has_nothing_to_take_out(text: bytes) -> None:
    known = "secret of ours"
    assert redact_bytes(text, (known,)) == redaction._without_secrets(text, (known.encode(),))
    body = redact(make_capture(text), (known,)).capture.request.body
    assert body == redact_bytes(text, (known,))
