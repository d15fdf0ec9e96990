"""Sample updates for objects and fields, fresh in ids and times with every call.

Shapes as in Meta's references and public captures; what people write in them is ours, and holds what a careless
viewer stumbles over: emoji, accents, and text that looks like markup.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hookscope.meta.notification import Form
from hookscope.sandbox.update import Update
from hookscope.sandbox.world import new_id

DEMO_FIELDS: dict[str, tuple[str, ...]] = {
    "page": ("feed", "messages", "leadgen"),
    "instagram": ("comments", "messages", "mentions"),
    "whatsapp_business_account": ("messages", "message_template_status_update"),
    "user": ("photos", "email", "likes"),
    "permissions": ("connected",),
}
"""The fields that show most, and come first in the scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draw:
    """What a sample is about: the account and the moment."""

    owner: str
    now: datetime

    @property
    def seconds(self) -> int:
        return int(self.now.timestamp())

    @property
    def milliseconds(self) -> int:
        return int(self.now.timestamp() * 1000)

    def post(self) -> str:
        return f"{self.owner}_{new_id()}"

    def person(self, name: str) -> dict[str, str]:
        return {"id": new_id(17), "name": name}


_Sample = Callable[[_Draw], Any]


def sample_update(topic: str, name: str, *, owner: str, now: datetime, variant: int = 0) -> Update:
    """A sample for a field; unknown ones get a generic change. Variants beyond the last begin anew."""
    draw = _Draw(owner=owner, now=now)
    kinds = _SAMPLES.get((topic, name))
    if kinds is None:
        ids = {"target_ids": [new_id()]} if topic == "permissions" else {"object_id": new_id()}
        value = {"verb": "granted" if topic == "permissions" else "update", **ids}
        return Update(object=topic, owner=owner, field=name, value=value)
    value = kinds[variant % len(kinds)](draw)
    if (topic, name) in _IN_MESSAGING:
        form = Form.STANDBY if name == "standby" else Form.MESSAGING
        frame = {"sender": {"id": new_id(16)}, "recipient": {"id": owner}, "timestamp": draw.milliseconds}
        return Update(object=topic, owner=owner, field=name, form=form, value={**frame, **value})
    verb = _VERBS.get((topic, name))
    return Update(object=topic, owner=owner, field=name, value=value, verb=verb)


def variants(topic: str, name: str) -> int:
    """How many samples there are for a field; 0 for one that gets a generic change only."""
    return len(_SAMPLES.get((topic, name), ()))


_TALK = (
    ("Ada Lovelace", "Schöne Grüße! Is this still available? 🙂"),
    ("Grace Hopper", "Do you deliver to Arlington, VA?"),
    ("Alan Turing", "Can it think for itself? 🤔"),
    ("Katherine Johnson", "I checked the numbers twice. They add up."),
    ("Hedy Lamarr", "Wunderbar — which channel is it on?"),
)


def _comment(draw: _Draw) -> dict[str, Any]:
    post = draw.post()
    author, text = _TALK[draw.seconds // 2 % len(_TALK)]
    return {
        "item": "comment",
        "verb": "add",
        "comment_id": f"{post.partition('_')[2]}_{new_id()}",
        "post_id": post,
        "parent_id": post,
        "from": draw.person(author),
        "created_time": draw.seconds,
        "message": text,
    }


def _reaction(draw: _Draw) -> dict[str, Any]:
    post = draw.post()
    return {
        "item": "reaction",
        "verb": "add",
        "reaction_type": "love",
        "post_id": post,
        "parent_id": post,
        "from": draw.person("Grace Hopper"),
        "created_time": draw.seconds,
    }


def _post(draw: _Draw) -> dict[str, Any]:
    return {
        "item": "status",
        "verb": "add",
        "post_id": draw.post(),
        "from": {"id": draw.owner, "name": "Sandbox Page"},
        "message": "We open at 9 — 50% off, see https://example.com/a?b=1&c=2",
        "published": 1,
        "created_time": draw.seconds,
    }


def _mention(draw: _Draw) -> dict[str, Any]:
    return {
        "message": "Thank you, Sandbox Page",
        "post_id": draw.post(),
        "created_time": draw.seconds,
        "item": "post",
        "verb": "add",
    }


def _rating(draw: _Draw) -> dict[str, Any]:
    return {
        "item": "rating",
        "verb": "add",
        "open_graph_story_id": int(new_id()),
        "reviewer_id": int(new_id()),
        "reviewer_name": "Alan Turing",
        "review_text": "très bien 👍",
        "recommendation_type": "POSITIVE",
        "comment_id": None,
        "created_time": draw.seconds,
    }


def _lead(draw: _Draw) -> dict[str, Any]:
    advertisement = new_id()
    return {
        "adgroup_id": advertisement,
        "ad_id": advertisement,
        "created_time": draw.seconds,
        "leadgen_id": new_id(),
        "page_id": draw.owner,
        "form_id": new_id(),
    }


def _mid() -> str:
    return f"m_{secrets.token_urlsafe(40)}"


def _text(draw: _Draw) -> dict[str, Any]:
    text = "Hello 👋🏽 [bold]not bold[/bold] <b>nor this</b> [link=x] 100% me@example.com"
    return {"message": {"mid": _mid(), "text": text}}


def _picture(draw: _Draw) -> dict[str, Any]:
    url = f"https://cdn.example.com/{new_id()}.jpg"
    return {"message": {"mid": _mid(), "attachments": [{"type": "image", "payload": {"url": url}}]}}


def _echo(draw: _Draw) -> dict[str, Any]:
    message = {"mid": _mid(), "text": "Yes, it is", "is_echo": True, "app_id": int(new_id())}
    return {"sender": {"id": draw.owner}, "recipient": {"id": new_id(16)}, "message": message}


def _message_reaction(draw: _Draw) -> dict[str, Any]:
    return {"reaction": {"mid": _mid(), "action": "react", "emoji": "❤", "reaction": "love"}}


def _postback(draw: _Draw) -> dict[str, Any]:
    return {"postback": {"mid": _mid(), "title": "Get started", "payload": "GET_STARTED"}}


def _instagram_comment(draw: _Draw) -> dict[str, Any]:
    return {
        "id": new_id(17),
        "parent_id": new_id(17),
        "text": "👀 [red]what a picture[/red] <3",
        "from": {"id": new_id(16), "username": "ada.lovelace"},
        "media": {"id": new_id(17), "media_product_type": "FEED"},
    }


def _instagram_mention(draw: _Draw) -> dict[str, Any]:
    return {"comment_id": new_id(17), "media_id": new_id(17)}


def _insights(draw: _Draw) -> dict[str, Any]:
    media = new_id(17)
    return {"media_id": media, "exits": 3, "replies": 0, "reach": 44, "taps_forward": 4, "taps_back": 3}


def _whatsapp(draw: _Draw, **inner: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": draw.owner}
    return {"messaging_product": "whatsapp", "metadata": metadata, **inner}


def _whatsapp_text(draw: _Draw) -> dict[str, Any]:
    sender = "16505551234"
    message = {
        "from": sender,
        "id": f"wamid.{secrets.token_hex(20)}",
        "timestamp": str(draw.seconds),
        "type": "text",
        "text": {"body": "Olá 👋 *strong* [bold]plain[/bold] <i>plain</i>"},
    }
    contact = {"profile": {"name": "João"}, "wa_id": sender}
    return _whatsapp(draw, contacts=[contact], messages=[message])


def _whatsapp_status(draw: _Draw) -> dict[str, Any]:
    status = {
        "id": f"wamid.{secrets.token_hex(20)}",
        "recipient_id": "16505551234",
        "status": "delivered",
        "timestamp": str(draw.seconds),
    }
    return _whatsapp(draw, statuses=[status])


def _template(draw: _Draw) -> dict[str, Any]:
    return {
        "event": "APPROVED",
        "message_template_id": int(new_id()),
        "message_template_name": "order_update",
        "message_template_language": "en-US",
        "reason": None,
    }


def _photo(draw: _Draw) -> dict[str, Any]:
    return {"verb": "update", "object_id": new_id()}


_MESSAGING: dict[str, tuple[_Sample, ...]] = {
    "messages": (_text, _picture),
    "message_echoes": (_echo,),
    "message_reactions": (_message_reaction,),
    "messaging_postbacks": (_postback,),
    "standby": (_text,),
}
_PAGE_ONLY: dict[str, tuple[_Sample, ...]] = {
    "message_deliveries": (lambda draw: {"delivery": {"mids": [_mid()], "watermark": draw.milliseconds}},),
    "message_reads": (lambda draw: {"read": {"watermark": draw.milliseconds}},),
    "message_edits": (lambda draw: {"message_edit": {"mid": _mid(), "text": "Hello again", "num_edit": 1}},),
    "messaging_referrals": (
        lambda draw: {"referral": {"ref": new_id(), "source": "SHORTLINK", "type": "OPEN_THREAD"}},
    ),
    "messaging_optins": (lambda draw: {"optin": {"ref": "newsletter", "user_ref": new_id()}},),
    "messaging_handovers": (
        lambda draw: {"pass_thread_control": {"new_owner_app_id": new_id(), "metadata": "to a person"}},
    ),
}
_INSTAGRAM_ONLY: dict[str, tuple[_Sample, ...]] = {
    "messaging_seen": (lambda draw: {"read": {"mid": _mid()}},),
    "message_edit": (lambda draw: {"message_edit": {"mid": _mid(), "text": "Hello again", "num_edit": 1}},),
}
_IN_MESSAGING: dict[tuple[str, str], tuple[_Sample, ...]] = {
    **{("page", name): kinds for name, kinds in (_MESSAGING | _PAGE_ONLY).items()},
    **{("instagram", name): kinds for name, kinds in (_MESSAGING | _INSTAGRAM_ONLY).items()},
}
_SAMPLES: dict[tuple[str, str], tuple[_Sample, ...]] = {
    **_IN_MESSAGING,
    ("page", "feed"): (_comment, _reaction, _post),
    ("page", "mention"): (_mention,),
    ("page", "ratings"): (_rating,),
    ("page", "leadgen"): (_lead,),
    ("page", "conversations"): (lambda draw: {"page_id": int(draw.owner), "conversation_id": int(new_id())},),
    ("instagram", "comments"): (_instagram_comment,),
    ("instagram", "live_comments"): (_instagram_comment,),
    ("instagram", "mentions"): (_instagram_mention,),
    ("instagram", "story_insights"): (_insights,),
    ("whatsapp_business_account", "messages"): (_whatsapp_text, _whatsapp_status),
    ("whatsapp_business_account", "message_template_status_update"): (_template,),
    ("user", "photos"): (_photo,),
    ("user", "email"): (lambda draw: f"ada.{new_id(6)}@example.com",),
    ("user", "likes"): (lambda draw: {"page": new_id()},),
    ("permissions", "connected"): (lambda draw: {"target_ids": [new_id()]},),
}
_VERBS = {("user", "likes"): "add", ("permissions", "connected"): "granted"}
