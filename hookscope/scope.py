"""The accounts that hookscope changes besides the app: a Page, a WhatsApp account, or one of its phone numbers."""

from enum import StrEnum

from msgspec import Struct

from hookscope.errors import UsageError
from hookscope.meta.catalog import WHATSAPP


class ScopeKind(StrEnum):
    """The kind of an account that can install an app or have a callback of its own."""

    PAGE = "page"
    WABA = "waba"
    PHONE = "phone"


class Scope(Struct, frozen=True):
    """A Page, a WhatsApp Business account (WABA), or one of its phone numbers."""

    kind: ScopeKind
    id: str

    @property
    def object(self) -> str:
        """The object whose events concern the account."""
        return "page" if self.kind is ScopeKind.PAGE else WHATSAPP

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def check_page(text: str) -> Scope:
    """Return the Page with that id; raises UsageError for anything else."""
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"{text!r} is not a Page id", hint="it is a number; see yours with: hookscope pages list")
    return Scope(ScopeKind.PAGE, text)


def check_scope(text: str) -> Scope:
    """Return the WhatsApp account or phone number of `waba:ID` or `phone:ID`; raises UsageError for anything else."""
    kind, _, number = text.partition(":")
    if kind not in (ScopeKind.WABA, ScopeKind.PHONE) or not (number.isascii() and number.isdecimal()):
        raise UsageError(
            f"--scope {text!r} names neither a WhatsApp account nor a phone number",
            hint="write waba:ID or phone:ID, with the ids of App Dashboard > WhatsApp > API Setup",
        )
    return Scope(ScopeKind(kind), number)
