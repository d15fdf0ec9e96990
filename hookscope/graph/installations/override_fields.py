"""The fields of a WhatsApp override: those that the app is subscribed to and that Meta sends to overrides."""

from hookscope.errors import UsageError
from hookscope.meta.callback_override import is_overridable, not_overridable
from hookscope.meta.subscription import Subscription
from hookscope.settings import Topic


def can_override(topic: Topic, found: Subscription) -> bool:
    """Return whether an override would bring everything requested."""
    wanted = topic.fields or found.fields
    return bool(wanted) and not not_overridable(wanted) and set(wanted) <= set(found.fields)


def choose_override_fields(topic: Topic, found: Subscription | None, app_id: str) -> tuple[str, ...]:
    """Return the fields to expect; raises UsageError when some of the requested ones would not come."""
    if found is None:
        raise UsageError(
            f"app {app_id} has no subscription for {topic.object}, and without one Meta sends nothing to an override",
            done="nothing was changed",
            hint="leave out --scope: there is no callback of the app that it would spare",
        )
    if fixed := not_overridable(topic.fields or ()):
        raise UsageError(
            f"{', '.join(fixed)} of {topic.object} always go to the app's own callback, never to an override",
            done="nothing was changed",
            hint="leave them out of --fields, or use a test app (App Dashboard > Create test app) without --scope",
        )
    if lacking := [name for name in topic.fields or () if name not in found.fields]:
        raise UsageError(
            f"app {app_id} is not subscribed to {', '.join(lacking)} of {topic.object}, so an override gets none",
            done="nothing was changed",
            hint=f"add it to the app, whose callback stays: hookscope subscriptions add --app-id {app_id} "
            f"--object {topic.object} --callback-url {found.callback_url} --verify-token TOKEN "
            f"--fields {','.join(lacking)}",
        )
    fields = topic.fields or tuple(filter(is_overridable, found.fields))
    if not fields:
        raise UsageError(
            f"none of the app's fields for {topic.object} goes to an override: {', '.join(found.fields)}",
            done="nothing was changed",
            hint="use a test app (App Dashboard > Create test app) without --scope",
        )
    return fields
