"""Requests to a callback or an endpoint, as Meta makes them, and findings on the answers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hookscope import urls
from hookscope.api.arguments import several
from hookscope.secret_sources import SecretSources, check_app_secret

if TYPE_CHECKING:
    from hookscope.diagnosis.finding import Finding


async def check_endpoint(
    url: str,
    *,
    verify_token: str | None = None,
    app_secret: str | None = None,
    event: str = "page.feed.comment",
    only: str | Sequence[str] = (),
    skip: str | Sequence[str] = (),
) -> "list[Finding]":
    """Test a webhook endpoint against Meta's rules, as `hookscope check` does; return a finding for each check.

    The endpoint gets handshakes and notifications of made-up events, which look real to it. `app_secret` is
    HOOKSCOPE_APP_SECRET unless it is given; without one, signatures are not judged. `only` and `skip` choose checks by
    id or by group. Raises UsageError for a URL that is neither https nor on this machine, and for an unknown name.

        findings = await hookscope.check_endpoint("http://localhost:3000/hook", verify_token="blue")
        assert not [finding for finding in findings if finding.failed]
    """
    from hookscope.diagnosis.endpoint.examination import examine
    from hookscope.diagnosis.endpoint.registry import chosen
    from hookscope.samples.catalog import find

    secret = SecretSources().app_secret if app_secret is None else check_app_secret(app_secret, "that was given")
    checks, sample = chosen(several(only), several(skip)), find(event)
    results = examine(urls.check_endpoint_url(url), checks, sample=sample, verify_token=verify_token, secret=secret)
    return [result.finding async for result in results]


async def examine_callback(url: str, verify_token: str | None = None) -> "Finding":
    """Send Meta's verification request to a callback, and return a finding on the answer.

    Without `verify_token`, a made-up one is sent, which the callback should refuse. A fault has the id of its cause,
    such as `tls.expired` or `answer.json-quotes`, and a next step. Each request may take 6 seconds; after a failure, a
    few more are made. Nothing is raised.

        finding = await hookscope.examine_callback("https://example.com/webhook", "my-verify-token")
        print(finding.id, finding.state, finding.what, finding.next_step)
    """
    from hookscope.diagnosis.doctor.callbacks import examine_url

    return await examine_url(url, verify_token)
