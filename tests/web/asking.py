"""Asking an application in this process, without a server."""

from __future__ import annotations

import asyncio

import httpx


def ask(app, method, url, *, base_url="http://localhost", **further):
    """The answer to one request; nothing is followed, no cookie is kept."""

    async def asked():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            return await client.request(method, url, **further)

    return asyncio.run(asked())
