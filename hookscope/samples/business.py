"""The business that samples belong to: its WhatsApp account, its number and its Page."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import fields, replace

from hookscope.errors import UsageError
from hookscope.meta.catalog import nearest

ENVIRONMENT = {
    "waba_id": "HOOKSCOPE_WABA_ID",
    "phone_number_id": "HOOKSCOPE_PHONE_NUMBER_ID",
    "display_phone_number": "HOOKSCOPE_DISPLAY_PHONE_NUMBER",
}
"""The variables that set what WhatsApp samples are of."""

_MOST_DIGITS = 20


class Business(Struct, frozen=True, kw_only=True):
    """The ids of a business, all of them digits. An empty `page_id` leaves the choice of Page to the caller.

    The defaults are the examples of Meta's WhatsApp reference, so that an application which answers for one number
    only, as most do, is set up once.
    """

    waba_id: str = "102290129340398"
    phone_number_id: str = "106540352242922"
    display_phone_number: str = "15550783881"
    business_id: str = "506914307656634"
    page_id: str = ""

    def __str__(self) -> str:
        return (
            f"WhatsApp account {self.waba_id}, number {self.display_phone_number} (phone number id "
            f"{self.phone_number_id})"
        )

    def with_ids(self, given: Mapping[str, str | None]) -> "Business":
        """Return the business with other ids, by their names; None keeps one. Raises UsageError."""
        wanted = {name: value for name, value in given.items() if value is not None}
        known = [one.name for one in fields(self)]
        for name, value in wanted.items():
            if name not in known:
                meant = nearest(name, known)
                raise UsageError(
                    f"samples have no id {name!r}" + (f"; did you mean {meant}?" if meant else ""),
                    hint=f"the ids are {', '.join(known)}",
                )
            _check(name, value)
        return replace(self, **wanted)


def business_of(environment: Mapping[str, str]) -> Business:
    """Return the business that environment variables describe. Raises UsageError."""
    given = {name: value for name, variable in ENVIRONMENT.items() if (value := environment.get(variable))}
    for name, value in given.items():
        _check(ENVIRONMENT[name], value)
    return Business().with_ids(given)


def _check(name: str, value: str) -> None:
    if not (value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS):
        raise UsageError(f"{name} {value!r} is not a number of up to {_MOST_DIGITS} digits", hint="use digits only")
