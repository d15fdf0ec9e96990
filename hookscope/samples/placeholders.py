"""The placeholders of a sample, such as `${id:post}`, and how they are filled.

A placeholder is a kind, for times an offset in seconds (`${seconds+60}`), and a label (`${id:post}`): within a sample
the same kind with the same label is the same thing. One that is all of a text keeps its type, a number for `${number}`
and the times.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from hookscope.meta.notification_builder import Update
from hookscope.samples.business import Business
from hookscope.samples.data_files import words
from hookscope.samples.sample import OPTIONAL, Sample

_PLACEHOLDER = re.compile(r"\$\{(\w+)([+-]\d+)?(?::(\w+))?\}")
_PERSON_KINDS = {"name": 0, "username": 1}


class PlaceholderFiller:
    """Fills the placeholders of samples for the account `owner` at the moment `now`.

    `business` is whom WhatsApp's samples are of, `app_id` the app that is told, by default a made-up one. Without
    `user_ids` nobody has a business-scoped user id, as it was before April 2026, but for samples that know somebody by
    nothing else.
    """

    def __init__(
        self,
        random: Random,
        *,
        owner: str,
        now: datetime,
        business: Business | None = None,
        user_ids: bool = True,
        app_id: str = "",
    ) -> None:
        self._random = random
        self._owner = owner
        self._now = now
        self._business = business or Business()
        self._user_ids = user_ids
        self._app_id = app_id
        self._known: dict[tuple[str, str], Any] = {}

    def update(self, sample: Sample) -> Update:
        """Return the sample with its placeholders filled, with new values each time."""
        self._known.clear()
        return Update(
            object=sample.object,
            owner=self._fill(sample.owner),
            field=sample.field,
            form=sample.form,
            verb=sample.verb,
            has_uid=sample.has_uid,
            value=self._fill(sample.value),
            envelope=self._fill(sample.envelope),
        )

    def _fill(self, value: Any) -> Any:
        match value:
            case str():
                if whole := _PLACEHOLDER.fullmatch(value):
                    return self._drawn(whole)
                return _PLACEHOLDER.sub(lambda found: str(self._drawn(found)), value)
            case dict():
                return {
                    key.removesuffix(OPTIONAL): self._fill(inner)
                    for key, inner in value.items()
                    if self._user_ids or not key.endswith(OPTIONAL)
                }
            case list():
                return [self._fill(inner) for inner in value]
            case _:
                return value

    def _drawn(self, found: re.Match[str]) -> Any:
        kind, offset, label = found[1], found[2], found[3]
        if kind in _TIMES:
            return _TIMES[kind](self._now + timedelta(seconds=int(offset or 0)))
        match kind:
            case "owner":
                return self._owner
            case "business_id" | "phone_number_id":
                return getattr(self._business, kind)
            case "app_id":
                return self._app_id or self._same(kind, kind, lambda: new_id(self._random))
            case "display_number":
                return self._business.display_phone_number
            case "owner_number":
                return int(self._owner)
            case "page_name":
                return words()["page_name"]
            case "name" | "username":
                person = self._same("person", label, lambda: self._random.choice(words()["people"]))
                return person[_PERSON_KINDS[kind]]
            case "comment" | "message":
                return self._same(kind, label, lambda: self._random.choice(words()[f"{kind}s"]))
            case _:
                return self._same(kind, label, lambda: _KINDS[kind](self._random))

    def _same(self, kind: str, label: str | None, draw: Callable[[], Any]) -> Any:
        """Return the value drawn before for this kind and label, else a new one."""
        if label is None:
            return draw()
        if (kind, label) not in self._known:
            self._known[kind, label] = draw()
        return self._known[kind, label]


def new_id(random: Random, digits: int = 15) -> str:
    """Return a number like Meta's ids, as text."""
    return str(random.randrange(10 ** (digits - 1), 10**digits))


def _url_safe(random: Random, size: int) -> str:
    return urlsafe_b64encode(random.randbytes(size)).decode().rstrip("=")


_KINDS: dict[str, Callable[[Random], Any]] = {
    "id": new_id,
    "number": lambda random: int(new_id(random)),
    "psid": lambda random: new_id(random, 17),
    "user_id": lambda random: f"US.{new_id(random, 17)}",
    "phone": lambda random: f"1650555{random.randrange(10**4):04}",
    "mid": lambda random: f"m_{_url_safe(random, 64)}",
    "wamid": lambda random: f"wamid.{b64encode(random.randbytes(42)).decode()}",
    "token": lambda random: _url_safe(random, 18),
    "hex": lambda random: random.randbytes(16).hex(),
    "sha256": lambda random: b64encode(random.randbytes(32)).decode(),
}
_TIMES: dict[str, Callable[[datetime], Any]] = {
    "seconds": lambda moment: int(moment.timestamp()),
    "milliseconds": lambda moment: int(moment.timestamp() * 1000),
    "text_seconds": lambda moment: str(int(moment.timestamp())),
    "iso8601": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S+0000"),
}
