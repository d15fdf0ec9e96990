"""The doctor's checks, in the order of the links that a delivery passes."""

from hookscope.diagnosis.doctor import accounts, app, history, subscriptions, tokens
from hookscope.diagnosis.doctor.check import DoctorCheck

CHECKS = (
    DoctorCheck("app.credentials", "App id and secret", app.judge_credentials),
    DoctorCheck("app.version", "Graph API version", app.judge_version),
    DoctorCheck("app.mode", "App mode", app.judge_mode),
    DoctorCheck("url.answers", "The given URL", subscriptions.judge_url),
    DoctorCheck("subscription.exists", "Subscriptions", subscriptions.judge_existence),
    DoctorCheck("subscription.active", "Active", subscriptions.judge_activity),
    DoctorCheck("subscription.owner", "Callback owner", subscriptions.judge_owner),
    DoctorCheck("callback.answers", "Callback answers", subscriptions.judge_answer),
    DoctorCheck("subscription.fields", "Fields", subscriptions.judge_fields),
    DoctorCheck("subscription.versions", "Field versions", subscriptions.judge_versions),
    DoctorCheck("token.valid", "Tokens", tokens.judge_validity),
    DoctorCheck("token.app", "Token app", tokens.judge_app),
    DoctorCheck("token.kind", "Token kind", tokens.judge_kind),
    DoctorCheck("token.scopes", "Token permissions", tokens.judge_scopes),
    DoctorCheck("token.expiry", "Token expiry", tokens.judge_expiry),
    DoctorCheck("page.installed", "Pages", accounts.judge_page),
    DoctorCheck("page.fields", "Page fields", accounts.judge_page_fields),
    DoctorCheck("whatsapp.installed", "WhatsApp accounts", accounts.judge_whatsapp),
    DoctorCheck("whatsapp.override", "WhatsApp account callbacks", accounts.judge_override),
    DoctorCheck("account.owner", "Account changes", accounts.judge_owner),
    DoctorCheck("instagram.installed", "Instagram accounts", accounts.judge_instagram),
    DoctorCheck("history.handshake", "Last handshake", history.judge_handshake),
    DoctorCheck("history.test", "Last Test", history.judge_test),
    DoctorCheck("history.signature", "Signatures", history.judge_signature),
    DoctorCheck("history.delivery", "Your app's answers", history.judge_delivery),
    DoctorCheck("history.duplicates", "Duplicates", history.judge_duplicates),
    DoctorCheck("history.time", "Answer time", history.judge_time),
    DoctorCheck("history.echoes", "Echo loops", history.judge_echoes),
    DoctorCheck("history.standby", "Conversations", history.judge_conversations),
    DoctorCheck("history.leads", "Lead access", history.judge_leads),
)
