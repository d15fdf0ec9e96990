"""A callback of somebody's, examined as Meta would meet it."""

from hookscope.diagnosis.finding import Finding


async def examine_callback(url: str, verify_token: str | None = None) -> Finding:
    """Make Meta's verification request to a callback, and return what Meta would make of the answer.

    Without `verify_token` a made-up one is sent, which the callback should refuse. A fault has the id of its cause,
    such as `tls.expired` or `answer.json-quotes`, and a next step. It takes 6 seconds for each request, of which a
    failure makes a few more; nothing is raised.

        finding = await hookscope.examine_callback("https://example.com/webhook", "my-verify-token")
        print(finding.id, finding.state, finding.what, finding.next_step)
    """
    from hookscope.diagnosis.doctor.callbacks import examine_url

    return await examine_url(url, verify_token)
