"""The text in which the Graph API says why a callback failed its verification, taken apart.

Source: answers that developers posted (2200: no answer, or not 200; 2201: 200 with another body). Meta fetches through
a proxy: with an error of curl's, the status 200 "Connection established" is the proxy's and means nothing.
"""

import re

from msgspec import Struct

CURL_ERRORS = {
    6: "the host name does not resolve",
    7: "the connection was refused",
    28: "no answer within Meta's patience of about 6 s",
    35: "the port does not speak TLS",
    47: "it redirects more than twice",
    51: "its certificate is for another host name",
    52: "the connection was closed without an answer",
    56: "the connection broke while reading the answer",
    60: "its certificate is not trusted; Meta accepts no self-signed one",
}
"""By libcurl's error numbers."""


class VerificationFailure(Struct, frozen=True, kw_only=True):
    """The failure that Meta reports: an error of curl, a status other than 200, or a body other than the challenge.

    `received` is about the first 20 characters of the body, with `...` behind them when there were more.
    """

    curl: int | None = None
    status: int | None = None
    expected: str | None = None
    received: str | None = None

    @property
    def cause(self) -> str:
        """The meaning, in words."""
        if self.curl is not None:
            curl_error = CURL_ERRORS.get(self.curl, f"curl error {self.curl}")
            return f"Meta could not fetch the callback: {curl_error}"
        if self.status is not None:
            return f"the callback answered Meta's verification with HTTP {self.status}, not 200"
        if self.received is not None:
            return f"the callback answered 200 with {self.received!r} instead of the challenge {self.expected!r}"
        return "Meta could not verify the callback"


def read_verification_failure(message: str) -> VerificationFailure:
    """Return what the text of an error 2200 or 2201 says.

    >>> read_verification_failure("… curl_errno = 28 …").curl
    28
    """
    if found := re.search(r"curl_errno = (\d{1,3})", message):
        return VerificationFailure(curl=int(found[1]))
    if found := re.search(r"HTTP Status Code = (\d{1,3})", message):
        return VerificationFailure(status=int(found[1]))
    if found := re.search(r"expected value ?= ?[\"'](.*?)[\"'], received ?= ?[\"'](.*)[\"']", message, re.DOTALL):
        return VerificationFailure(expected=found[1], received=found[2])
    return VerificationFailure()
