# mypy: ignore-errors
"""whatsapp-models: each body is validated as a notification."""

import json
from pathlib import Path

from pydantic import ValidationError
from report import GIVEN, step
from whatsapp_models.webhooks import WebhookNotification


def validate(body: str) -> None:
    try:
        WebhookNotification.model_validate_json(body)
    except ValidationError as error:
        said = error.errors()[-1]
        raise ValueError(f"{error.error_count()} errors, such as {said['loc'][-3:]}: {said['msg']}") from None


for one in json.loads(Path(GIVEN["file"]).read_text()):
    step(one["name"], lambda one=one: validate(one["body"]))
