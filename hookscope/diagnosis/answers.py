"""The answer of a callback to the verification request, explained as one finding."""

from msgspec.structs import replace
from yarl import URL

from hookscope.diagnosis.exchange import REDIRECTS, BadLocationError, CallbackAnswer, RedirectError, show_chain
from hookscope.diagnosis.finding import Finding, State
from hookscope.diagnosis.intermediaries import explain_page
from hookscope.meta.handshake_answer import judge_answer

_FINAL_URL = "register the URL that answers without a redirect"
_LOGIN_WORDS = ("login", "log-in", "signin", "sign-in", "sign_in", "auth", "sso", "account")


def explain_answer(answer: CallbackAnswer, challenge: str) -> Finding:
    """Return what Meta would make of the answer."""
    fault = judge_answer(answer.status, answer.content_type, answer.body, challenge)
    if fault is None:
        return _explain_right(answer)
    finding = explain_page(answer) or Finding(
        id=fault.id, state=State.FAILED, what=fault.what, next_step=fault.next_step
    )
    return _explain_redirected(answer, finding) if len(answer.hops) > 1 else finding


def explain_redirects(error: RedirectError) -> Finding:
    """Return the finding for redirects that lead to no answer."""
    chain = show_chain(error.hops)
    if isinstance(error, BadLocationError):
        return Finding(
            id="redirect.invalid",
            state=State.FAILED,
            what=f"it redirects to something that is not an HTTP URL ({chain})",
            next_step="fix the Location header, or register the final URL",
        )
    if error.loop:
        return Finding(
            id="redirect.loop",
            state=State.FAILED,
            what=f"it redirects in a circle: {chain}",
            why="usually, a proxy speaks plain http to an app that insists on https",
            next_step="have the app trust the proxy's X-Forwarded-Proto, or turn its redirect off",
        )
    return Finding(
        id="redirect.too-many",
        state=State.FAILED,
        what=f"it redirects more than {REDIRECTS} times: {chain}",
        next_step=_FINAL_URL,
    )


def explain_after_redirects(finding: Finding, hops: tuple[URL, ...]) -> Finding:
    """Return the finding about the last URL, with the redirects that led there."""
    if len(hops) <= 1:
        return finding
    return replace(finding, what=f"it redirects ({show_chain(hops)}); at the last URL: {finding.what}")


def _explain_right(answer: CallbackAnswer) -> Finding:
    if len(answer.hops) == 1:
        return Finding(id="callback.answers", state=State.OK, what="it answers the verification as Meta requires")
    return Finding(
        id="redirect.followed",
        state=State.WARNING,
        what=f"it answers correctly, after a redirect: {show_chain(answer.hops)}",
        why="Meta follows two redirects of a verification; for notifications, nothing is documented",
        next_step=_FINAL_URL,
    )


def _explain_redirected(answer: CallbackAnswer, finding: Finding) -> Finding:
    """Return the finding about the page behind redirects, or about the redirect when that is the fault."""
    there = explain_after_redirects(finding, answer.hops)
    if not finding.id.startswith(("answer.", "status.")):
        return there
    if _is_login(answer):
        return replace(there, id="redirect.login", next_step="exempt the callback path from the login")
    if "hub.challenge" not in answer.hops[-1].query:
        return replace(
            there,
            id="redirect.query-lost",
            why="the redirect drops the query, and hub.challenge with it",
            next_step=_FINAL_URL,
        )
    return there


def _is_login(answer: CallbackAnswer) -> bool:
    path = answer.hops[-1].path.lower()
    return (
        answer.is_html
        and answer.status in (200, 401, 403)
        and (any(word in path for word in _LOGIN_WORDS) or b'type="password"' in answer.body.lower())
    )
