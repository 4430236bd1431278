"""The official package's client, made safe: time-outs, no redirects, no key in logs, clear failures."""

from __future__ import annotations

import http.client
import logging
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from python_http_client import Client
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from trax_mailer.errors import ProviderError
from trax_mailer.settings import SendGridSettings

HOSTS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}


class NotConnected(OSError):
    """DNS, TCP or TLS failed: nothing was sent."""


class NoAnswer(OSError):
    """The connection ended or stayed silent once the request was under way."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def open_client(settings: SendGridSettings) -> Client:
    """The package's client, at the host or region of the settings. Connects to nothing.

    Raises ProviderError without a key, and where the key would travel unencrypted.
    """
    if not settings.api_key:
        raise ProviderError(
            "There is no SendGrid key.",
            advice="Set SENDGRID_API_KEY in the environment; it belongs in no file of the workspace.",
        )
    if urlsplit(host_of(settings)).scheme != "https" and not is_this_machine(settings):
        raise ProviderError(
            f"The key would travel unencrypted to {host_of(settings)}.",
            advice="Set sendgrid.host in trax.yaml to an address that begins with https://",
        )
    _keep_debug_quiet()
    api = SendGridAPIClient(settings.api_key.reveal(), host=host_of(settings))
    return _Client(
        host=api.host, request_headers=api.client.request_headers, version=3, timeout=settings.timeout
    )


def host_of(settings: SendGridSettings) -> str:
    """The address of the API, without a slash at its end."""
    return (settings.host or HOSTS[settings.region]).rstrip("/")


def is_this_machine(settings: SendGridSettings) -> bool:
    """Whether the other side is this machine, as in tests and rehearsals."""
    return urlsplit(host_of(settings)).hostname in {"127.0.0.1", "localhost"}


def call(method: Callable[..., Any], **arguments: object) -> Reply:
    """Call a method of the client. Raises NotConnected or NoAnswer; every status is a Reply."""
    try:
        answer = method(**arguments)
    except HTTPError as error:
        answer = error
    except urllib.error.URLError as error:
        if isinstance(error.reason, NotConnected):
            raise error.reason from None
        raise NoAnswer(_words(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(_words(error)) from None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, headers, answer.body or b"")


class _Client(Client):  # type: ignore[misc]
    """Tells a failed connection from an answer not seen, which the package's own opener mixes up."""

    def _build_client(self, name: str | None = None) -> _Client:
        path = [*self._url_path, name] if name else self._url_path
        return _Client(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=path,
            timeout=self.timeout,
        )

    def _make_request(
        self,
        opener: urllib.request.OpenerDirector,  # noqa: ARG002
        request: urllib.request.Request,
        timeout: float | None = None,
    ) -> http.client.HTTPResponse:
        careful = urllib.request.build_opener(_Plain, _Secure, _NoRedirect)
        response: http.client.HTTPResponse = super()._make_request(careful, request, timeout=timeout)
        return response


class _Connecting(http.client.HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:
            raise NotConnected(_words(error)) from error


class _ConnectingSecurely(_Connecting, http.client.HTTPSConnection):
    """The same, with TLS: `connect` includes the handshake."""


class _Plain(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connecting, req)


class _Secure(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_ConnectingSecurely, req, context=ssl.create_default_context())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """The key must go nowhere else, and a POST must not become a GET: a redirect is an answer."""


def _keep_debug_quiet() -> None:
    """The package writes the key and every body to its log at DEBUG: nothing may turn that on."""
    logger = logging.getLogger("python_http_client.client")
    if _above_debug not in logger.filters:
        logger.addFilter(_above_debug)


def _above_debug(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def _words(error: BaseException | str) -> str:
    return str(error) or type(error).__name__
