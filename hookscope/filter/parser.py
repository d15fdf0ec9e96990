"""Parses filters."""

import re
from collections.abc import Iterator

from msgspec import Struct

from hookscope.errors import UsageError
from hookscope.filter.ast import And, Filter, Not, Or, Path, Term, Text, mentions
from hookscope.filter.days import parse_days
from hookscope.filter.duration import parse_duration
from hookscope.filter.evaluator import number_range
from hookscope.filter.wildcard import NO_ANSWER
from hookscope.meta import json_path as paths
from hookscope.meta.catalog import nearest
from hookscope.meta.signature import SignatureVerdict
from hookscope.model.record import Kind
from hookscope.model.search_fields import Flag, Key
from hookscope.model.timestamps import now
from hookscope.model.tokenizer import words

KEYS = (*Key, "app", "id", "on", "run", "shared", "since")
"""The keys that terms may have."""

_ALLOWED: dict[str, tuple[str, ...]] = {
    Key.KIND: tuple(Kind),
    Key.SIGNATURE: tuple(SignatureVerdict),
    Key.FLAG: tuple(Flag),
}
_ALLOWED_HINTS = {key: f"{key}: takes {', '.join(allowed)}" for key, allowed in _ALLOWED.items()}
_BARE_KEY = re.compile(r"([A-Za-z]+):")
_NEGATED = re.compile(r"[-!]([A-Za-z$].*)", re.DOTALL)
"""As other languages write `not`; as a text to search for, the sign would count for nothing."""
_STATUS = re.compile(r"[0-9xX*]{1,3}")
_APP_HINT = f"write app:500 or app:4xx, {' or '.join(f'app:{word}' for word in NO_ANSWER)}"
_DAYS_HINT = "write on:2026-11-30, on:today, or on:2026-11-28..2026-11-30; either end may be left out"
_FOR_DAYS = ("after", "before", "date", "day", "until")
"""As other languages name such terms."""
_VALUE_HINTS = {**_ALLOWED_HINTS, "app": _APP_HINT, "on": _DAYS_HINT}
_DEEPEST = 50
_NUMBERED = ("id", "run", "shared")
_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<paren>[()])
    | (?P<path>{paths.PATTERN})\s*(?P<operator>==|!=)\s*
      (?:"(?P<quoted_value>(?:[^"\\]|\\.)*)"|(?P<value>[^\s()"]+))
    | (?P<key>[A-Za-z]+):(?:"(?P<quoted_term>(?:[^"\\]|\\.)*)"|(?P<term>[^\s()"]+))
    | "(?P<text>(?:[^"\\]|\\.)*)"
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE | re.DOTALL,
)


class FilterError(UsageError):
    """An invalid filter. `position` is the index of the character where the error begins."""

    def __init__(self, text: str, position: int, what: str, hint: str | None = None) -> None:
        example = "object:page field:feed, sig:invalid, not is:test"
        super().__init__(
            f"the filter {text!r} is invalid at character {position + 1}: {what}",
            hint=hint or f"for example: {example}",
        )
        self.position = position
        self.what = what


class _Lexeme(Struct, frozen=True):
    """A part of the text: a term, or a word such as `or` or `(` that joins terms."""

    word: str
    term: Filter | None
    position: int


def parse(text: str) -> Filter:
    """Parse a filter; raises FilterError."""
    return _Parser(text).read()


def parse_on_arrival(text: str) -> Filter:
    """Parse a filter for captures as they arrive; raises FilterError, also for terms that are only known later."""
    parsed = parse(text)
    if mentions(parsed, "app"):
        at = next(one.position for one in _lexemes(text) if isinstance(one.term, Term) and one.term.key == "app")
        what = "the app's answer is not known when a notification comes"
        raise FilterError(text, at, what, "filter by it afterwards: `hookscope ls --filter …`")
    return parsed


class _Parser:
    """Parses the parts of a text from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lexemes = list(_lexemes(text))
        self._at = 0
        self._depth = 0

    def read(self) -> Filter:
        if not self._lexemes:
            return And(())
        parsed = self._either()
        if rest := self._next:
            raise FilterError(self._text, rest.position, "an unmatched ')'")
        return parsed

    @property
    def _next(self) -> _Lexeme | None:
        return self._lexemes[self._at] if self._at < len(self._lexemes) else None

    def _next_is(self, *wanted: str) -> bool:
        return self._next is not None and self._next.word in wanted

    def _either(self) -> Filter:
        parts = [self._every()]
        while self._next_is("or"):
            self._at += 1
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _every(self) -> Filter:
        parts = [self._one()]
        while self._next and not self._next_is("or", ")"):
            if self._next_is("and"):
                self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self) -> Filter:
        lexeme = self._next
        if lexeme is None:
            raise FilterError(self._text, len(self._text.rstrip()), "a term is missing")
        self._at += 1
        if lexeme.word in ("not", "("):
            return self._nested(lexeme)
        if lexeme.term is None:
            raise FilterError(self._text, lexeme.position, f"a term is missing before {lexeme.word!r}")
        return lexeme.term

    def _nested(self, opening: _Lexeme) -> Filter:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError(self._text, opening.position, "it is nested too deeply")
        if opening.word == "not":
            inner: Filter = Not(self._one())
        else:
            inner = self._either()
            if not self._next_is(")"):
                raise FilterError(self._text, opening.position, "a '(' without its ')'")
            self._at += 1
        self._depth -= 1
        return inner


def _lexemes(text: str) -> Iterator[_Lexeme]:
    position, end = 0, len(text.rstrip())
    while position < end:
        start = position + len(text[position:]) - len(text[position:].lstrip())
        found = _TOKEN.match(text, position)
        if not found:
            raise FilterError(text, start, f"cannot read {text[start : start + 20]!r}", _unclosed(text, start))
        position = found.end()
        yield _lexeme(found, text, start)


def _unclosed(text: str, start: int) -> str | None:
    return "close the quoted text with another quotation mark" if '"' in text[start:] else None


def _lexeme(found: re.Match[str], text: str, start: int) -> _Lexeme:
    if paren := found["paren"]:
        return _Lexeme(paren, None, start)
    if path := found["path"]:
        value = _either_of(found, "quoted_value", "value")
        return _Lexeme("term", Path(paths.parse_path(path), found["operator"] == "==", value), start)
    if key := found["key"]:
        return _Lexeme("term", _term(key.lower(), _either_of(found, "quoted_term", "term"), text, start), start)
    if (word := found["word"]) is not None and word.lower() in ("and", "or", "not"):
        return _Lexeme(word.lower(), None, start)
    return _Lexeme("term", _text(Text(word) if word else Text(_unquote(found["text"]), whole=True), text, start), start)


def _text(found: Text, text: str, start: int) -> Text:
    if not found.whole and found.text.startswith(("$.", "$[", "$=", "$!")):
        what, write = "a path without a comparison", "write $.path==value or !=value"
        if "==" in found.text or "!=" in found.text:
            what = "a comparison without a path or without a value"
            write = 'write $.entry[0].id==value; a value with spaces as "a b", an empty one as ""'
        raise FilterError(text, start, f"{what}: {found.text!r}", write)
    if not found.whole and (key := _BARE_KEY.fullmatch(found.text)):
        name = key[1].lower()
        meant = name if name in KEYS else nearest(name, KEYS)
        known = _VALUE_HINTS.get(name)
        hint = f"did you mean {meant}:?" if meant and meant != name else known
        raise FilterError(text, start, f"{found.text} without a value", hint)
    if not found.whole and (negated := _NEGATED.fullmatch(found.text)):
        hint = f"write not {negated[1]}; or, to search for the text, put it in quotes"
        raise FilterError(text, start, f"{found.text[0]!r} before a term", hint)
    if not words(found.text):
        hint = "a search text needs a letter, a digit, or a symbol; to match a path: $.path==value"
        raise FilterError(text, start, f"no word in {found.text!r}", hint)
    return found


def _term(key: str, value: str, text: str, start: int) -> Term:
    if key not in KEYS:
        meant = nearest(key, KEYS)
        hint = f"did you mean {meant}:{value}?" if meant else f'to search for the text, write "{key}:{value}" in quotes'
        hint = _DAYS_HINT if key in _FOR_DAYS else hint
        raise FilterError(text, start, f"unknown term {key}:", hint)
    if allowed := _ALLOWED.get(key):
        value = value.lower()
        if value not in allowed:
            raise FilterError(text, start, f"{key}:{value}", _ALLOWED_HINTS[key])
    if key == Key.STATUS and not _STATUS.fullmatch(value):
        raise FilterError(text, start, f"{value!r} is not a status", "write status:200 or status:4xx")
    if key == "app" and not (_STATUS.fullmatch(value := value.lower()) or value in NO_ANSWER):
        raise FilterError(text, start, f"app:{value} is not an app's answer", _APP_HINT)
    try:
        if key == "since":
            parse_duration(value)
        if key == "on":
            parse_days(value := value.lower(), now())
        if key in _NUMBERED:
            number_range(value := value.removeprefix("@"))
    except UsageError as error:
        raise FilterError(text, start, error.message, f"{error.hint}; for days: on:2026-11-30..") from None
    except ValueError:
        if key == "on":
            raise FilterError(text, start, f"on:{value} is not a day", _DAYS_HINT) from None
        raise FilterError(text, start, f"{key}:{value} is not an id", f"write {key}:12 or {key}:10..20") from None
    return Term(key, value)


def _either_of(found: re.Match[str], quoted: str, bare: str) -> str:
    return found[bare] if found[quoted] is None else _unquote(found[quoted])


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
