"""One sample of the catalogue, as its data file describes it."""

from dataclasses import dataclass
from typing import Any

from hookscope.meta.notification import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An event of a field. `value` holds placeholders, which a Draw fills; None when the change carries no value.

    `is_guess` tells that Meta's own shape is not public, or was not seen: only the field's name is certain.
    """

    object: str
    field: str
    variant: str = ""
    title: str
    form: Form = Form.CHANGES
    verb: str | None = None
    has_uid: bool = False
    is_guess: bool = False
    value: Any = None

    @property
    def name(self) -> str:
        """OBJECT.FIELD, or OBJECT.FIELD.VARIANT where a field has several."""
        return ".".join(part for part in (self.object, self.field, self.variant) if part)
