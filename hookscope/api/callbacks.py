"""The examination of a callback from Meta's point of view."""

from hookscope.diagnosis.finding import Finding


async def examine_callback(url: str, verify_token: str | None = None) -> Finding:
    """Send Meta's verification request to a callback, and return a finding on the answer.

    Without `verify_token`, a made-up one is sent, which the callback should refuse. A fault has the id of its cause,
    such as `tls.expired` or `answer.json-quotes`, and a next step. Each request may take 6 seconds; after a failure, a
    few more are made. Nothing is raised.

        finding = await hookscope.examine_callback("https://example.com/webhook", "my-verify-token")
        print(finding.id, finding.state, finding.what, finding.next_step)
    """
    from hookscope.diagnosis.doctor.callbacks import examine_url

    return await examine_url(url, verify_token)
