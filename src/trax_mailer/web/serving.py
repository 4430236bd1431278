"""Running an ASGI application on granian until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.types import ASGIApp

from trax_mailer.errors import Conflict, Refused

GRACE_SECONDS = 1.0
"""How long answers under way may take to end after the signal."""

_START_SECONDS = 10.0
_LAST_STEPS_SECONDS = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run_app(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` until SIGINT or SIGTERM, then end within two seconds.

    `on_ready` is called once connections are answered, `on_stop` when a signal came: it has to end
    streams that would go on for ever. Raises Conflict where the port is taken, Refused where the
    address cannot be listened on.
    """
    address = claim_address(host, port)
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        runner.run(_serve(app, address=address, port=port, on_ready=on_ready, on_stop=on_stop))


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one: it answers half as many requests again."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def claim_address(host: str, port: int) -> str:
    """The numeric address of `host`, once it is sure that `port` is free there.

    granian listens with SO_REUSEPORT, so that a second server on the same port would start without
    a word and take half of the connections: it has to be found out before.
    """
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise Refused(
            f"The address “{host}” is unknown on this machine: {error.strerror}.",
            advice="Use 127.0.0.1, or 0.0.0.0 for all of this machine's addresses.",
        ) from None
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
            probe.listen(1)
        except PermissionError:
            raise Refused(
                f"Port {port} may not be used without more rights.", advice="Use a port above 1023."
            ) from None
        except OSError as error:
            raise _cannot_listen(error, host=host, port=port) from None
    return str(place[0])


def free_port(preferred: int, *, host: str) -> int:
    """`preferred`, or any free port of `host` where another program listens on that one."""
    try:
        claim_address(host, preferred)
    except Conflict:
        with socket.create_server((host, 0)) as probe:
            return int(probe.getsockname()[1])
    return preferred


def _cannot_listen(error: OSError, *, host: str, port: int) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} of {host} is in use by another program.",
            advice="End that program, or choose another port with --port.",
        )
    return Refused(
        f"Nothing can listen on {host}, port {port}: {error.strerror}.",
        advice="Use 127.0.0.1, or another of this machine's own addresses.",
    )


async def _serve(
    app: ASGIApp, *, address: str, port: int, on_ready: Callable[[], None], on_stop: Callable[[], None]
) -> None:
    # Errors are logged, requests never: an address can be somebody's way out of a list.
    server = Server(
        app,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.error,
        log_access=False,
    )
    stopped = asyncio.Event()
    with _signals(stopped.set):
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stopped.wait())
        await _wait_for_answer(address, port, unless=(serving, stopping))
        if not serving.done() and not stopping.done():
            on_ready()
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not serving.done():
            on_stop()
            server.stop()  # type: ignore[no-untyped-call]
            await asyncio.wait((serving,), timeout=GRACE_SECONDS)
            # granian's own threads hand their last steps to the loop; without one, they abort the process.
            await asyncio.sleep(_LAST_STEPS_SECONDS)
    if serving.done():
        serving.result()
        return
    # Somebody reads an answer too slowly to be waited for. granian's own clean-up then stumbles over
    # the future that is cancelled here; nobody needs to read that.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def _wait_for_answer(address: str, port: int, *, unless: tuple[asyncio.Task[Any], ...]) -> None:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - read, not bound
    async with asyncio.timeout(_START_SECONDS):
        while not any(task.done() for task in unless):
            try:
                _, writer = await asyncio.open_connection(reachable, port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    try:
        yield
    finally:
        for number, handler in before.items():
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)
