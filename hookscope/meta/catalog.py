"""Known objects, fields and versions of the Graph API.

The lists serve defaults, completion, and the nearest name after a typo: Meta adds names at any time, so an unknown one
is refused only if it is nearly a known object. Sources: the `Page.subscribed_fields` enumeration of Meta's published
API specification (v25.0), the Instagram and WhatsApp webhook guides, the webhook references of applications and ad
accounts (read 2026-11-30), and Meta's changelog for the versions.
"""

from collections.abc import Iterable

DEFAULT_VERSION = "v25.0"
DEFAULT_FIELDS = {"page": ("feed",)}

WHATSAPP = "whatsapp_business_account"
"""The object of everything that happens on a WhatsApp account: its entries have the account's id."""

_PAGE_FIELDS = """
affiliation attire awards bio birthday business_integrity call_permission_reply call_settings_update calls category
checkins comment_poll_response company_overview conversations culinary_team current_location description email
feature_access_list feed follow founded general_info general_manager group_feed hometown hours inbox_labels
invalid_topic_placeholder invoice_access_bank_slip_events invoice_access_invoice_change
invoice_access_invoice_draft_change invoice_access_onboarding_status_active leadgen leadgen_fat leadgen_update
live_videos local_delivery location marketing_message_clicks marketing_message_deliveries
marketing_message_delivery_failed marketing_message_echoes marketing_message_reads
marketing_messages_subscriber_upload_status mcom_invoice_change members mention merchant_review message_context
message_deliveries message_echoes message_edits message_mention message_reactions message_reads
message_template_status_update messages messaging_account_linking messaging_appointments messaging_checkout_updates
messaging_customer_information messaging_direct_sends messaging_fblogin_account_linking messaging_feedback
messaging_game_plays messaging_handovers messaging_in_thread_lead_form_submit messaging_integrity messaging_optins
messaging_optouts messaging_payments messaging_policy_enforcement messaging_postbacks messaging_pre_checkouts
messaging_referrals mission name page_about_story page_change_proposal page_upcoming_change parking payment_options
payment_request_update personal_info personal_interests phone picture price_range product_review products
public_transit publisher_subscriptions ratings registration response_feedback send_cart standby story_poll_response
story_share user_action video_text_question_responses videos website
"""
_INSTAGRAM_FIELDS = """
comment_poll_response comments creator_marketplace_invited_creator_onboarding creator_marketplace_projects delta
follow live_comments mentions message_echoes message_edit message_reactions messages messaging_handover
messaging_optins messaging_policy_enforcement messaging_postbacks messaging_referral messaging_seen
onboarding_welcome_message_series response_feedback share_to_story standby story_insights story_poll_response
story_reactions
"""
_WHATSAPP_FIELDS = """
account_alerts account_review_update account_settings_update account_update automatic_events
business_capability_update business_username_update business_username_updates calls consumer_profile flows
group_lifecycle_update group_participants_update
group_settings_update group_status_update history message_echoes message_template_components_update
message_template_quality_update message_template_status_update messages messaging_handovers partner_solutions
payment_configuration_update phone_number_name_update phone_number_quality_update security smb_app_state_sync
smb_message_echoes template_category_update user_id_update user_preferences
"""
_USER_FIELDS = """
about birthday books email feed first_name friends gender hometown last_name likes live_videos location movies music
name photos pic_big_https pic_https pic_small_https pic_square_https platform quotes status television videos
work_history
"""
_APPLICATION_FIELDS = """
ad_account ads_rules_engine async_requests async_sessions dev_alerts group_install
oe_reseller_onboarding_request_created plugin_comment plugin_comment_reply
"""
_AD_ACCOUNT_FIELDS = """
ad_recommendations ads_async_creation_request creative_fatigue in_process_ad_objects product_set_issue
with_issues_ad_objects
"""

FIELDS: dict[str, frozenset[str]] = {
    "page": frozenset(_PAGE_FIELDS.split()),
    "instagram": frozenset(_INSTAGRAM_FIELDS.split()),
    WHATSAPP: frozenset(_WHATSAPP_FIELDS.split()),
    "user": frozenset(_USER_FIELDS.split()),
    "permissions": frozenset(("bookmarked", "connected")),
    "payments": frozenset(("actions", "disputes")),
    "application": frozenset(_APPLICATION_FIELDS.split()),
    "ad_account": frozenset(_AD_ACCOUNT_FIELDS.split()),
    "certificate_transparency": frozenset(("certificate", "phishing")),
    "threads": frozenset(("delete", "mentions", "publish", "replies")),
}
"""The known fields of each object; `permissions` also has one named after every permission."""

OBJECTS = (*FIELDS, "group", "link", "workplace_security")

DASHBOARD_ONLY = frozenset(("instagram", WHATSAPP))
"""Objects that the reference of the subscriptions edge calls unsupported there, though it takes them in practice."""


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Return the known name that was probably meant, or None; `cutoff` is the required similarity, up to 1."""
    import difflib

    return next(iter(difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=cutoff)), None)


def question_fields(topic: str, fields: Iterable[str]) -> list[str]:
    """Return a line for each field that is not known for the object, with the nearest name where there is one.

    It never says that a field is wrong: Meta may have added it since.
    """
    known = FIELDS.get(topic)
    if known is None or topic == "permissions":
        return []
    lines = []
    for field in fields:
        if field not in known:
            meant = nearest(field, known)
            new = f"{field!r} is not a known field of {topic}; it may be new"
            lines.append(new + (f"; did you mean {meant!r}?" if meant else ""))
    return lines
