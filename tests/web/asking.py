"""Asking an application in this process, without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx


def ask(app, method, url, *, base_url="http://localhost", **further):
    """The answer to one request; nothing is followed, no cookie is kept."""

    async def asked():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            return await client.request(method, url, **further)

    return apart(lambda: asyncio.run(asked()))


def apart(work):
    """Do the work in a thread of its own: playwright keeps an event loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
