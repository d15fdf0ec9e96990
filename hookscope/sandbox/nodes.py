"""Descriptions of a world's nodes, as the Graph API answers them."""

from typing import Any

from hookscope.meta.catalog import WHATSAPP
from hookscope.sandbox.access import Caller, Role
from hookscope.sandbox.entities import SandboxApp, SandboxPage, User, WhatsAppAccount
from hookscope.sandbox.selection import Node
from hookscope.sandbox.world import World

PERMISSIONS = (
    "email",
    "public_profile",
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "leads_retrieval",
    "whatsapp_business_management",
    "whatsapp_business_messaging",
)
"""The permissions that the user has granted, and that the app has."""

_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")


def find_node(world: World, caller: Caller, node: str) -> Node | None:
    """Return the node with that id or name, as the caller sees it."""
    if node == "app":
        return app_node(caller.app)
    if node == "me" and caller.role is not Role.APP:
        return page_node(caller.page, caller) if caller.page else user_node(world, world.user, caller)
    if node in world.apps:
        return app_node(world.apps[node])
    if node in world.pages:
        return page_node(world.pages[node], caller)
    if node == world.user.id:
        return user_node(world, world.user, caller)
    if node == world.whatsapp.id:
        return whatsapp_node(world, caller)
    return phone_number_node(world, caller) if node == world.whatsapp.phone_number_id else None


def app_node(app: SandboxApp) -> Node:
    """Describe an app."""
    values = {
        "category": "Business",
        "link": f"https://www.facebook.com/games/?app_id={app.id}",
        "name": app.name,
        "id": app.id,
    }
    return Node(kind="Application", values=values, default=tuple(values))


def page_node(page: SandboxPage, caller: Caller, default: tuple[str, ...] = ("name", "id")) -> Node:
    """Describe a Page; its token is shown to the user who runs it and to its holder."""
    values: dict[str, Any] = {"category": "Business", "name": page.name, "id": page.id}
    if caller.role is Role.USER or caller.page == page:
        values["access_token"] = page.token.reveal()
    if caller.role is Role.USER:
        values["tasks"] = list(_TASKS)
    return Node(kind="Page", values=values, default=default)


def user_node(world: World, user: User, caller: Caller) -> Node:
    """Describe the user, whose Pages and permissions are edges."""
    return Node(
        kind="User",
        values={"name": user.name, "id": user.id},
        default=("name", "id"),
        edges={"accounts": lambda: account_nodes(world, caller), "permissions": granted_nodes},
    )


def account_nodes(world: World, caller: Caller) -> list[Node]:
    """Describe the Pages that the user runs."""
    default = ("access_token", "category", "name", "id", "tasks")
    return [page_node(page, caller, default) for page in world.pages.values()]


def granted_nodes() -> list[Node]:
    """Describe the permissions that the user has granted the app."""
    return [_permission(name, "granted") for name in PERMISSIONS]


def live_nodes() -> list[Node]:
    """Describe the permissions that the app has."""
    return [_permission(name, "live") for name in PERMISSIONS]


def _permission(name: str, status: str) -> Node:
    return Node(kind="Permission", values={"permission": name, "status": status}, default=("permission", "status"))


def whatsapp_node(world: World, caller: Caller) -> Node:
    """Describe the WhatsApp account."""
    account = world.whatsapp
    values = {"id": account.id, "name": account.name, "timezone_id": "1", "currency": "USD", "country": "US"}
    return Node(
        kind="WhatsAppBusinessAccount",
        values=values,
        default=("id", "name", "timezone_id"),
        edges={
            "phone_numbers": lambda: [phone_number_node(world, caller)],
            "subscribed_apps": lambda: installed_nodes(world),
        },
    )


def installed_nodes(world: World) -> list[Node]:
    """Describe the apps that the WhatsApp account has installed."""
    return [_installed(world.apps[app_id], world.whatsapp) for app_id in world.whatsapp.installed]


def _installed(app: SandboxApp, account: WhatsAppAccount) -> Node:
    described = {name: value for name, value in app_node(app).values.items() if name != "category"}
    values: dict[str, Any] = {"whatsapp_business_api_data": described}
    if override := account.installed[app.id]:
        values["override_callback_uri"] = override.callback_url
    return Node(kind="WhatsAppBusinessSubscribedApp", values=values, default=tuple(values))


def phone_number_node(world: World, caller: Caller) -> Node:
    """Describe the phone number; of its callbacks only those of the caller's app."""
    account = world.whatsapp
    values: dict[str, Any] = {
        "verified_name": account.name,
        "code_verification_status": "VERIFIED",
        "display_phone_number": account.display_phone_number,
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "id": account.phone_number_id,
    }
    default = tuple(values)
    values["webhook_configuration"] = _callbacks(world, caller.app.id)
    return Node(kind="WhatsAppBusinessPhoneNumber", values=values, default=default)


def _callbacks(world: World, app_id: str) -> dict[str, str]:
    """Return the callbacks that are set for the number; the first one is in force."""
    found = {
        "phone_number": world.whatsapp.phone_overrides.get(app_id),
        WHATSAPP: world.whatsapp.installed.get(app_id),
        "application": world.registration(app_id, WHATSAPP),
    }
    return {level: callback.callback_url for level, callback in found.items() if callback}
