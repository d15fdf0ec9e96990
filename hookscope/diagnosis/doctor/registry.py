"""The doctor's checks, in the order of the links that a delivery passes."""

from hookscope.diagnosis.doctor import accounts, app, history, subscriptions, tokens
from hookscope.diagnosis.doctor.check import Check

CHECKS = (
    Check("app.credentials", "App id and secret", app.judge_credentials),
    Check("app.version", "Graph API version", app.judge_version),
    Check("app.mode", "App mode", app.judge_mode),
    Check("url.answers", "The given URL", subscriptions.judge_url),
    Check("subscription.exists", "Subscriptions", subscriptions.judge_existence),
    Check("subscription.active", "Active", subscriptions.judge_activity),
    Check("subscription.owner", "Callback owner", subscriptions.judge_owner),
    Check("callback.answers", "Callback answers", subscriptions.judge_answer),
    Check("subscription.fields", "Fields", subscriptions.judge_fields),
    Check("subscription.versions", "Field versions", subscriptions.judge_versions),
    Check("token.valid", "Tokens", tokens.judge_validity),
    Check("token.app", "Token app", tokens.judge_app),
    Check("token.kind", "Token kind", tokens.judge_kind),
    Check("token.scopes", "Token permissions", tokens.judge_scopes),
    Check("token.expiry", "Token expiry", tokens.judge_expiry),
    Check("page.installed", "Pages", accounts.judge_page),
    Check("page.fields", "Page fields", accounts.judge_page_fields),
    Check("whatsapp.installed", "WhatsApp accounts", accounts.judge_whatsapp),
    Check("whatsapp.override", "WhatsApp account callbacks", accounts.judge_override),
    Check("account.owner", "Account changes", accounts.judge_owner),
    Check("instagram.installed", "Instagram accounts", accounts.judge_instagram),
    Check("history.handshake", "Last handshake", history.judge_handshake),
    Check("history.test", "Last Test", history.judge_test),
    Check("history.signature", "Signatures", history.judge_signature),
    Check("history.delivery", "Your app's answers", history.judge_delivery),
    Check("history.duplicates", "Duplicates", history.judge_duplicates),
    Check("history.time", "Answer time", history.judge_time),
    Check("history.echoes", "Echo loops", history.judge_echoes),
    Check("history.leads", "Lead access", history.judge_leads),
)
