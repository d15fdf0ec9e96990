"""A request that got no answer, explained by its exception: the name, the connection, TLS, or a proxy."""

import errno
import ssl

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientHttpProxyError,
    ClientOSError,
    ClientPayloadError,
    ClientProxyConnectionError,
    ClientSSLError,
    InvalidURL,
    NonHttpUrlClientError,
    ServerDisconnectedError,
)
from aiohttp.http_exceptions import ContentEncodingError

from hookscope.diagnosis.exchange import Stage
from hookscope.diagnosis.finding import Finding, State
from hookscope.meta.handshake import TIMEOUT_SECONDS
from hookscope.proxies import LOGIN_STATUSES, proxy_for

_OWN_ADDRESS = "use the tunnel's own https address, without www. or another prefix"
_PUBLIC_AUTHORITY = "get a certificate of a public authority, such as Let's Encrypt, or use a tunnel"
_COMMON = "allow TLS 1.2 or 1.3 with common ciphers on the server"
_CLOCK = "check the server's certificate, its clock, and yours"

_CERTIFICATE_FAULTS = {
    9: ("tls.not-yet-valid", "the certificate is not valid yet", _CLOCK),
    10: ("tls.expired", "the certificate has expired", "renew the certificate, and have the server load the new one"),
    18: ("tls.self-signed", "the certificate is self-signed, and Meta accepts none", _PUBLIC_AUTHORITY),
    19: (
        "tls.unknown-authority",
        "the certificate's chain ends in an unknown authority; Meta accepts only well-known ones",
        _PUBLIC_AUTHORITY,
    ),
    20: (
        "tls.incomplete-chain",
        "the certificate's chain is incomplete, or its authority is unknown; serve the intermediate certificates too",
        "serve the whole chain (fullchain.pem, not cert.pem); browsers fill in missing certificates, Meta does not",
    ),
    62: ("tls.wrong-name", "the certificate is for another host name", _OWN_ADDRESS),
    64: ("tls.wrong-name", "the certificate is not for that IP address", "use the host name of the certificate"),
}
"""By OpenSSL's verification codes."""

_UNTRUSTED_CODES = (18, 19, 20)
"""Those of a certificate that a proxy may have made in the place of the server's."""

PROXY_FAULTS = frozenset(("proxy.unreachable", "proxy.login", "proxy.refused", "proxy.certificate"))
"""The findings that say nothing about the host behind the proxy."""

_PLAIN_PORT_REASONS = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"))
_NO_COMMON_REASONS = frozenset(
    (
        "NO_CIPHERS_AVAILABLE",
        "NO_PROTOCOLS_AVAILABLE",
        "NO_SHARED_CIPHER",
        "TLSV1_ALERT_INSUFFICIENT_SECURITY",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_SSL_VERSION",
    )
)
_CLIENT_CERTIFICATE_REASONS = frozenset(("TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"))


def explain_error(error: Exception) -> Finding:
    """Return the finding for an exception of aiohttp, of the operating system, or of the URL itself."""
    if type(error) is ClientConnectionError and isinstance(error.__cause__, Exception):
        error = error.__cause__
    match error:
        case ClientProxyConnectionError() | ClientHttpProxyError():
            return _explain_proxy(error)
        case ClientConnectorDNSError():
            return _failed(
                "connection.name-unknown",
                f"the host name {error.host} does not resolve",
                "check its spelling; an old tunnel's name is gone for good, so register the new one",
            )
        case ClientConnectorCertificateError(certificate_error=ssl.SSLCertVerificationError() as fault):
            return _explain_certificate(error.host, fault)
        case ClientSSLError():
            return _explain_tls(error)
        case ClientConnectorError():
            return _explain_connection(error)
        case ClientOSError() if _tls_reason(error) in _CLIENT_CERTIFICATE_REASONS:
            return _client_certificate()
        case ClientPayloadError() if isinstance(error.__cause__, ContentEncodingError):
            return _failed(
                "answer.encoding",
                "the answer is compressed in a way that was not requested, or incorrectly",
                "send the answer uncompressed, or as the request's Accept-Encoding allows",
            )
        case ClientPayloadError():
            return _failed(
                "connection.cut-off",
                "the connection was closed before the answer was complete",
                "check that Content-Length is the length of the body, and see the app's log",
            )
        case ServerDisconnectedError() | ConnectionError() | ClientOSError():
            return _failed(
                "connection.closed",
                "the connection was closed before the answer was complete; none of it arrived",
                "see the app's log: it crashed, or something else listens on that port",
            )
        case InvalidURL() | NonHttpUrlClientError() | ValueError():
            return _failed(
                "address.invalid",
                "the URL is not an HTTP URL",
                "give the full URL, such as https://example.com/webhook",
            )
        case _:
            return _failed(
                "connection.not-http",
                f"the answer is not valid HTTP ({type(error).__name__})",
                "check the port: something there speaks another protocol",
            )


def _explain_proxy(error: ClientProxyConnectionError | ClientHttpProxyError) -> Finding:
    if isinstance(error, ClientProxyConnectionError):
        return _failed(
            "proxy.unreachable",
            f"the proxy {error.host}:{error.port} set in the environment cannot be reached",
            "check HTTPS_PROXY and HTTP_PROXY, or unset them",
        )
    if error.status in LOGIN_STATUSES:
        return _failed(
            "proxy.login",
            f"the proxy set in the environment requires a login (HTTP {error.status})",
            "put the user and password into HTTPS_PROXY, or add the host to NO_PROXY",
        )
    return _failed(
        "proxy.refused",
        f"the proxy set in the environment refuses the connection (HTTP {error.status})",
        "add the host to NO_PROXY, or check from another network",
    )


def explain_silence(stage: Stage, seconds: float) -> Finding:
    """Return the finding for a request that was given up after `seconds`."""
    meta = f"Meta waits about {TIMEOUT_SECONDS:g} s"
    match stage:
        case Stage.CONNECTING:
            return _failed(
                "connection.timeout",
                f"no answer within {seconds:g} s, and not even a connection; {meta}",
                "check the firewall and the port: requests to it are silently dropped",
            )
        case Stage.ASKING:
            return _failed(
                "answer.timeout",
                f"no answer within {seconds:g} s; {meta}",
                "answer the verification at once, before any slow work; a host that sleeps must be woken first",
            )
        case Stage.READING:
            return _failed(
                "answer.stalled",
                f"no answer within {seconds:g} s: it began and never ended; {meta}",
                "end the response, with a Content-Length or the last chunk",
            )


def _explain_certificate(host: str, fault: ssl.SSLCertVerificationError) -> Finding:
    if fault.verify_code in _UNTRUSTED_CODES and proxy_for(f"https://{host}"):
        return _failed(
            "proxy.certificate",
            f"the certificate that comes through the proxy set in the environment is not trusted ({host})",
            "if the proxy opens TLS, name its certificate in SSL_CERT_FILE; or add the host to NO_PROXY",
        )
    unknown = ("tls.not-trusted", f"the certificate is refused: {fault.verify_message}", _PUBLIC_AUTHORITY)
    name, what, step = _CERTIFICATE_FAULTS.get(fault.verify_code, unknown)
    return _failed(name, f"{what} ({host})", step)


def _explain_tls(error: ClientSSLError) -> Finding:
    reason, place = _tls_reason(error), f"{error.host}:{error.port}"
    if reason in _PLAIN_PORT_REASONS:
        return _failed(
            "tls.plain-http",
            f"{place} does not answer the TLS handshake; is it a plain HTTP port?",
            "use the port that speaks TLS, or put a tunnel or proxy that does in front of this one",
        )
    if reason in _CLIENT_CERTIFICATE_REASONS:
        return _client_certificate()
    if reason in _NO_COMMON_REASONS:
        return _failed(
            "tls.no-common-version",
            f"{place} and this client have no TLS version or cipher in common ({reason})",
            _COMMON,
        )
    if reason == "SSLV3_ALERT_HANDSHAKE_FAILURE":
        return _failed(
            "tls.no-common-version",
            f"{place} and this client have no TLS version or cipher in common, or it has no certificate for this name "
            f"({reason})",
            f"{_COMMON}, and see that it has a certificate for the name",
        )
    return _failed(
        "tls.refused",
        f"{place} breaks the TLS handshake off ({reason or 'no reason given'})",
        "see the server's log, and that it has a certificate for this name",
    )


def _client_certificate() -> Finding:
    return _failed(
        "tls.client-certificate",
        "the server requires a client certificate, which Meta sends only for apps with mutual TLS enabled",
        "do not require one on the callback path, or enable mutual TLS in Meta's settings",
    )


def _explain_connection(error: ClientConnectorError) -> Finding:
    place = f"{error.host}:{error.port}"
    if isinstance(error.os_error, ConnectionResetError | BrokenPipeError):
        return _failed(
            "connection.closed",
            f"{place} closed the connection before the answer was complete; none of it arrived",
            "check the port, and the firewall in front of it",
        )
    if error.errno == errno.ECONNREFUSED or "refused" in str(error).lower():
        return _failed(
            "connection.refused",
            f"{place} refuses the connection: nothing listens there",
            "start the app or the tunnel, and check the port",
        )
    return _failed(
        "connection.unreachable",
        f"{place} cannot be reached: {error.strerror or error}",
        "check the network, and that the address is a public one",
    )


def _tls_reason(error: ClientOSError | ClientSSLError) -> str:
    """Return OpenSSL's name of what went wrong, or an empty text."""
    inner = getattr(error, "os_error", None) or error.__cause__ or error
    return (inner.reason if isinstance(inner, ssl.SSLError) else "") or ""


def _failed(name: str, what: str, next_step: str) -> Finding:
    return Finding(id=name, state=State.FAILED, what=what, next_step=next_step)
