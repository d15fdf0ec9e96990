"""The checks of the doctor, in the order in which a delivery passes what they look at."""

from hookscope.diagnosis.doctor import accounts, app, history, subscriptions, tokens
from hookscope.diagnosis.doctor.check import Check

CHECKS = (
    Check("app.credentials", "App id and secret", app.judge_credentials),
    Check("app.version", "Version of the Graph API", app.judge_version),
    Check("app.mode", "Mode of the app", app.judge_mode),
    Check("url.answers", "The URL that was named", subscriptions.judge_url),
    Check("subscription.exists", "Subscriptions", subscriptions.judge_existence),
    Check("subscription.active", "Active", subscriptions.judge_activity),
    Check("subscription.owner", "Whose callback", subscriptions.judge_owner, is_fixable=True),
    Check("callback.answers", "Callback answers", subscriptions.judge_answer),
    Check("subscription.fields", "Fields", subscriptions.judge_fields),
    Check("subscription.versions", "Versions of the fields", subscriptions.judge_versions),
    Check("token.valid", "Tokens", tokens.judge_validity),
    Check("token.app", "App of the tokens", tokens.judge_app),
    Check("token.kind", "Kind of the tokens", tokens.judge_kind),
    Check("token.scopes", "Permissions of the tokens", tokens.judge_scopes),
    Check("token.expiry", "Expiry of the tokens", tokens.judge_expiry),
    Check("page.installed", "Pages", accounts.judge_page, is_fixable=True),
    Check("page.fields", "Fields of the Pages", accounts.judge_page_fields, is_fixable=True),
    Check("whatsapp.installed", "WhatsApp accounts", accounts.judge_whatsapp),
    Check("whatsapp.override", "Callbacks of WhatsApp accounts", accounts.judge_override),
    Check("account.owner", "Changes on accounts", accounts.judge_owner, is_fixable=True),
    Check("instagram.installed", "Instagram accounts", accounts.judge_instagram),
    Check("history.handshake", "Last handshake", history.judge_handshake),
    Check("history.test", "Last Test", history.judge_test),
    Check("history.signature", "Signatures", history.judge_signature),
    Check("history.delivery", "Answers of your app", history.judge_delivery),
    Check("history.duplicates", "Duplicates", history.judge_duplicates),
    Check("history.time", "Time to answer", history.judge_time),
    Check("history.echoes", "Echo loops", history.judge_echoes),
    Check("history.leads", "Access to leads", history.judge_leads),
)
