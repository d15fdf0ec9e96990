"""The filter language: which captures are meant.

Terms joined by blanks must all hold; `or`, `not` and parentheses do what they say. A term is `key:value` (see TERMS),
a path into the body (`$.entry[0].changes[0].value.item==comment`), a "quoted text" or a bare word, both searched for
without regard to case in the request's target and body. In a value, `*` stands for any characters.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from hookscope.capture.record import Capture, Kind
from hookscope.errors import UsageError
from hookscope.meta import path as paths
from hookscope.meta import wire
from hookscope.meta.catalog import nearest
from hookscope.meta.signature import SignatureVerdict

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<paren>[()])
    | (?P<path>{paths.PATTERN})\s*(?P<operator>==|!=)\s*
      (?:"(?P<quoted_value>(?:[^"\\]|\\.)*)"|(?P<value>[^\s()"]+))
    | (?P<key>[A-Za-z]+):(?:"(?P<quoted_term>(?:[^"\\]|\\.)*)"|(?P<term>[^\s()"]+))
    | "(?P<text>(?:[^"\\]|\\.)*)"
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_FLAGS = ("duplicate", "replay", "test", "batch")


@dataclass(frozen=True, slots=True)
class Term:
    """`key:value`."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be found anywhere in the target or the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Path:
    """A comparison of what stands at a path in the body's JSON, as text; `equal` is False for `!=`."""

    steps: paths.Path
    equal: bool
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when `inner` does not."""

    inner: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """Holds when all parts do; without parts, always."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Holds when any part does."""

    parts: "tuple[Filter, ...]"


Filter = Term | Text | Path | Not | And | Or


def parse(text: str) -> Filter:
    """Read a filter; raises UsageError that names the place that makes no sense."""
    tokens = list(_tokens(text))
    parsed, rest = _parse_or(tokens, text)
    if rest:
        raise _cannot(text, "an unmatched ')'")
    return parsed


def matches(filter_: Filter, capture: Capture, now: datetime) -> bool:
    """Whether a filter holds for a capture; `now` is what `since:` counts back from."""
    match filter_:
        case And(parts):
            return all(matches(part, capture, now) for part in parts)
        case Or(parts):
            return any(matches(part, capture, now) for part in parts)
        case Not(inner):
            return not matches(inner, capture, now)
        case Text(text):
            return text.casefold() in searched_text(capture)
        case Path(steps, equal, value):
            return (value in _at(capture, steps)) is equal
        case Term("since", value):
            return capture.received_at >= now - duration(value)
        case Term(key, value):
            return TERMS[key](capture, value)


def mentions(filter_: Filter, key: str) -> bool:
    """Whether a term with that key stands anywhere in a filter."""
    match filter_:
        case And(parts) | Or(parts):
            return any(mentions(part, key) for part in parts)
        case Not(inner):
            return mentions(inner, key)
        case Term(found, _):
            return found == key
        case _:
            return False


def duration(text: str) -> timedelta:
    """A span of time such as `90s`, `10m`, `1h`, `7d`; raises UsageError."""
    number, unit = text[:-1], text[-1:]
    try:
        return timedelta(seconds=float(number) * _UNITS[unit])
    except (ValueError, KeyError, OverflowError):
        raise UsageError(f"{text!r} is no span of time", hint="write 90s, 10m, 1h or 7d") from None


def searched_text(capture: Capture) -> str:
    """What a text is searched for in: target and body, with JSON escapes undone, casefolded."""
    body = capture.request.body
    try:
        shown = json.dumps(wire.decode(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = body.decode("utf-8", "replace")
    return f"{capture.request.target}\n{shown}".casefold()


def _tokens(text: str) -> Iterator[tuple[str, Filter | None]]:
    position, end = 0, len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if not found:
            raise _cannot(text, f"what stands at {text[position:].strip()[:20]!r}")
        position = found.end()
        yield _token(found, text)


def _token(found: re.Match[str], text: str) -> tuple[str, Filter | None]:
    if paren := found["paren"]:
        return paren, None
    if path := found["path"]:
        return "term", Path(paths.parse_path(path), found["operator"] == "==", _either(found, "quoted_value", "value"))
    if key := found["key"]:
        return "term", _term(key.lower(), _either(found, "quoted_term", "term"), text)
    if (word := found["word"]) is not None:
        return (word.lower(), None) if word.lower() in ("and", "or", "not") else ("term", Text(word))
    return "term", Text(_unquote(found["text"]))


def _term(key: str, value: str, text: str) -> Filter:
    if key not in TERMS:
        meant = nearest(key, TERMS)
        hint = f"did you mean {meant}:{value}?" if meant else f'to search for the text, write "{key}:{value}" in quotes'
        raise _cannot(text, f"the unknown term {key}:", hint)
    allowed = _ALLOWED.get(key)
    if allowed and value not in allowed:
        raise _cannot(text, f"{key}:{value}", f"{key}: takes {', '.join(allowed)}")
    if key == "since":
        duration(value)
    if key == "id":
        _range(value)
    return Term(key, value)


def _parse_or(tokens: list[tuple[str, Filter | None]], text: str) -> tuple[Filter, list[tuple[str, Filter | None]]]:
    first, tokens = _parse_and(tokens, text)
    parts = [first]
    while tokens and tokens[0][0] == "or":
        part, tokens = _parse_and(tokens[1:], text)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Or(tuple(parts))), tokens


def _parse_and(tokens: list[tuple[str, Filter | None]], text: str) -> tuple[Filter, list[tuple[str, Filter | None]]]:
    parts: list[Filter] = []
    while tokens and tokens[0][0] not in ("or", ")"):
        if tokens[0][0] == "and":
            tokens = tokens[1:]
        part, tokens = _parse_not(tokens, text)
        parts.append(part)
    if not parts and text.strip():
        raise _cannot(text, "nothing where a term should stand")
    return (parts[0] if len(parts) == 1 else And(tuple(parts))), tokens


def _parse_not(tokens: list[tuple[str, Filter | None]], text: str) -> tuple[Filter, list[tuple[str, Filter | None]]]:
    if not tokens:
        raise _cannot(text, "nothing where a term should stand")
    (kind, term), rest = tokens[0], tokens[1:]
    if kind == "not":
        inner, rest = _parse_not(rest, text)
        return Not(inner), rest
    if kind == "(":
        inner, rest = _parse_or(rest, text)
        if not rest or rest[0][0] != ")":
            raise _cannot(text, "a '(' without its ')'")
        return inner, rest[1:]
    if term is None:
        raise _cannot(text, f"{kind!r} where a term should stand")
    return term, rest


def _either(found: re.Match[str], quoted: str, bare: str) -> str:
    return found[bare] if found[quoted] is None else _unquote(found[quoted])


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _cannot(text: str, what: str, hint: str | None = None) -> UsageError:
    example = "object:page field:feed, sig:invalid, not is:test"
    return UsageError(f"the filter {text!r} makes no sense: {what}", hint=hint or f"for example: {example}")


def _same(value: str, pattern: str) -> bool:
    return fnmatchcase(value.lower(), pattern.lower().replace("[", "[[]").replace("?", "[?]"))


def _range(value: str) -> range:
    first, dots, last = value.partition("..")
    try:
        return range(int(first or 0), (int(last) if last else 1 << 62) + 1 if dots else int(first) + 1)
    except ValueError:
        raise UsageError(f"id:{value} is no number", hint="write id:12 or id:10..20") from None


def _status(capture: Capture, value: str) -> bool:
    return capture.reply.status is not None and _same(str(capture.reply.status), value.lower().replace("x", "*"))


def _flag(capture: Capture, value: str) -> bool:
    match value:
        case "duplicate":
            return capture.duplicate_of is not None
        case "replay":
            return capture.replay_of is not None
        case "test":
            return any(event.entry_id == "0" for event in capture.events)
        case _:
            return len(capture.events) > 1


def _senders(value: Any) -> Iterator[str]:
    """Every id in a body that says who did it: `sender.id`, `from.id`, `from`, `user_id`, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _senders(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in ("sender", "from", "user_id", "sender_id"):
                who = inner.get("id") if isinstance(inner, dict) else inner
                if isinstance(who, str | int):
                    yield str(who)
            yield from _senders(inner)


def _json(capture: Capture) -> Any:
    try:
        return wire.decode(capture.request.body)
    except ValueError:
        return None


def _at(capture: Capture, steps: paths.Path) -> list[str]:
    try:
        value = paths.look_up(_json(capture), steps)
    except LookupError:
        return []
    return [value if isinstance(value, str) else json.dumps(value)]


TERMS: dict[str, Callable[[Capture, str], bool]] = {
    "kind": lambda capture, value: capture.kind == value,
    "object": lambda capture, value: any(_same(event.object, value) for event in capture.events),
    "field": lambda capture, value: any(_same(event.field, value) for event in capture.events),
    "entry": lambda capture, value: any(_same(event.entry_id or "", value) for event in capture.events),
    "from": lambda capture, value: any(_same(who, value) for who in _senders(_json(capture))),
    "sig": lambda capture, value: capture.signature.verdict == value,
    "status": _status,
    "id": lambda capture, value: capture.id in _range(value),
    "is": _flag,
    "since": lambda capture, value: True,
}
"""The keys of terms, and when a term holds. `since` is decided where the present time is known."""

_ALLOWED = {
    "kind": tuple(Kind),
    "sig": tuple(SignatureVerdict),
    "is": _FLAGS,
}
