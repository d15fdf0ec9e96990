"""The trigger that a command line of `hookscope trigger` asks for."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from hookscope import paths, urls
from hookscope.cli import output
from hookscope.cli.common import journal_of
from hookscope.cli.live_run import select_run
from hookscope.cli.param_types import read_assignments
from hookscope.cli.secrets import optional_app_secret, read_secrets
from hookscope.cli.trigger.sending import Triggering
from hookscope.errors import UsageError
from hookscope.input_files import read_input
from hookscope.meta.catalog import WHATSAPP
from hookscope.samples.business import Business, business_of
from hookscope.samples.catalog import find
from hookscope.samples.fixture import read_fixture
from hookscope.samples.payload_builder import Shape
from hookscope.samples.recipe import TriggerStep
from hookscope.secret_sources import Secret
from hookscope.services.trigger import ToApplication, ToRun, TriggerRequest, captured_payload, prepare

_LARGEST = 64 << 20
"""In bytes, of a fixture."""


def plan(ctx: click.Context, given: Mapping[str, Any]) -> Triggering:
    """Return the notifications to make, and their target. Raises UsageError."""
    request = TriggerRequest(steps=_steps(ctx, given), business=_business(given["defaults"]), seed=given["seed"])
    prepared = prepare(request)
    if any(step.sample and step.sample.object == WHATSAPP for step in request.steps):
        output.print_progress(f"as {request.business}")
    return Triggering(
        trigger=prepared,
        destination=_destination(ctx, given),
        is_edited=given["edit"],
        as_json=given["as_json"],
    )


def _steps(ctx: click.Context, given: Mapping[str, Any]) -> list[TriggerStep]:
    if given["fixture"]:
        return read_fixture(_read(given["fixture"]))
    assignments, count = read_assignments(given), given["count"]
    if given["original"] is not None:
        payload = captured_payload(journal_of(ctx), given["original"])
        return [TriggerStep(payload=payload, is_captured=True, assignments=assignments, count=count)]
    shape = Shape(
        batch=given["batch"],
        include_values=not given["no_values"],
        is_test=given["is_test"],
        user_ids=not given["no_user_ids"],
    )
    return [TriggerStep(sample=find(given["names"][0]), shape=shape, assignments=assignments, count=count)]


def _business(defaults: Sequence[str]) -> Business:
    """Return the business of the samples: the environment's, unless an option says otherwise. Raises UsageError."""
    pairs = [text.partition("=") for text in defaults]
    if wrong := next((name for name, cut, value in pairs if not (cut and value)), None):
        raise UsageError(f"--set-default {wrong!r} names no id", hint="--set-default phone_number_id=106540352242922")
    return business_of(os.environ).with_ids({name.strip(): value.strip() for name, _, value in pairs})


def _destination(ctx: click.Context, given: Mapping[str, Any]) -> ToRun | ToApplication:
    if given["to"] is not None:
        return ToApplication(
            target=urls.check_target(given["to"]),
            secret=_secret(given),
            journal=journal_of(ctx),
            verify=not given["skip_verify"],
        )
    run = select_run(
        "hookscope trigger",
        app_id=given["app_id"],
        pid=given["pid"],
        hint="start one in another terminal: hookscope run --sandbox; or send straight to your app: --to 3000",
    )
    return ToRun(address=run.address)


def _secret(given: Mapping[str, Any]) -> Secret | None:
    if given["unsigned"]:
        return None
    secret = optional_app_secret(read_secrets(given["app_secret_file"]))
    if secret is None:
        output.print_note(
            "no app secret: notifications are sent unsigned (HOOKSCOPE_APP_SECRET or --app-secret-file give one)"
        )
    return secret


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else read_input(paths.named(file), limit=_LARGEST)
    except OSError as error:
        raise UsageError(
            f"the fixture cannot be read from {file}: {error.strerror}", hint="name a file, or `-` for stdin"
        ) from error
