"""What every part of the public pages answers with: the pages, the ledger, and the way into its threads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trax_mailer.web.public.limits import Limits
from trax_mailer.web.public.pages import Pages
from trax_mailer.workflows.public import PublicLedger

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class Face:
    """Endpoints over one ledger."""

    def __init__(self, public: PublicLedger, pages: Pages, limits: Limits) -> None:
        self.public = public
        self.pages = pages
        self.limits = limits

    async def ask(
        self, work: Callable[_Given, _Result], *given: _Given.args, **further: _Given.kwargs
    ) -> _Result:
        """Do the work, which waits for the ledger, in a thread."""
        return await run_in_threadpool(work, *given, **further)


def now() -> dt.datetime:
    """The time, in UTC."""
    return dt.datetime.now(dt.UTC)


def allowing(*methods: str) -> Response:
    """The answer to OPTIONS, which changes nothing."""
    return Response(status_code=204, headers={"allow": ", ".join(("GET", "HEAD", "OPTIONS", *methods))})


def token_of(request: Request) -> str:
    """The token in the address."""
    found: Any = request.path_params["token"]
    return str(found)
