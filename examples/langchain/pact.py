"""A pact over its REST API, with nothing but the standard library of Python 3.10."""

import http.client
import json
import os
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

# Proxies are for other machines. The daemon is on this one, and the token must not leave it.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_TRIES = 4
# What was surely not done, and passes.
_PASSING = {"RATE_LIMITED", "NOT_READY", "PACT_NOT_READY"}


class PactError(Exception):
    """What the daemon refused. `code` is stable and for programs, the message is for people."""

    def __init__(self, code: str, message: str, status: int):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


class Pact:
    """One pact of the daemon on this machine."""

    def __init__(self, pact: str | None = None, agent: str = "langchain", home: str | None = None):
        self.home = Path(home or os.environ.get("OPENPACT_HOME") or "~/.openpact").expanduser()
        self.pact = pact or os.environ.get("OPENPACT_PACT") or "default"
        self.agent = agent

    def ask(self, method: str, path: str, body: dict | None = None, **query) -> dict:
        """Asks below the pact: `ask("GET", "/knowledge", topic="sales")`. Raises PactError, or OSError where nobody answers."""
        given = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        target = f"/v1/pacts/{urllib.parse.quote(self.pact, safe='')}{path}{'?' if given else ''}{given}"
        headers = {"openpact-agent": self.agent}
        if body is not None:
            headers["content-type"] = "application/json"
        if method == "POST":
            # What is sent twice with one key is done once, so a broken connection does no harm.
            headers["idempotency-key"] = uuid.uuid4().hex
        for attempt in range(_TRIES):
            try:
                return self._send(method, target, headers, body)
            except PactError as error:
                if error.code not in _PASSING or attempt == _TRIES - 1:
                    raise
            except (OSError, http.client.HTTPException):
                # A PUT or DELETE may have been done. Nobody knows, so it is told.
                if method not in ("GET", "POST") or attempt == _TRIES - 1:
                    raise
            time.sleep(0.25 * 2**attempt)
        raise AssertionError("unreachable")

    def _send(self, method: str, target: str, headers: dict, body: dict | None) -> dict:
        # Read anew each time: a daemon that was restarted may have another port.
        port, token = self._door()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{target}",
            method=method,
            headers={**headers, "authorization": f"Bearer {token}"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with _opener.open(request, timeout=90) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                told = json.load(error)
            raise PactError(told["error"], told["message"], error.code) from None

    def _door(self) -> tuple[int, str]:
        file = self.home / "daemon.json"
        if not file.exists():
            raise PactError("NO_DAEMON", f"No daemon runs on {self.home}. Start it: openpact start", 0)
        if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise PactError("HOME_UNUSABLE", f"Others can read {file}. Run: chmod 600 {file}", 0)
        state = json.loads(file.read_text())
        if not state.get("port"):
            raise PactError("NO_DAEMON", f"No daemon runs on {self.home}. Start it: openpact start", 0)
        return state["port"], state["apiToken"]
