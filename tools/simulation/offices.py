"""Enterprises and the people who work for them: who they are, and how they stay signed in."""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tools.simulation.clients import Answer, Asking, Caller, Steps
from tools.simulation.telephones import Telephones

PASSWORD: Final = "Simulated-2026-pass"  # noqa: S105 - of people who do not exist
UNAUTHENTICATED: Final = "bus.unauthenticated"
_TOKEN_USED: Final = timedelta(seconds=50)
_LOGINS: Final = 6
_CODE: Final = re.compile(r"\d{6}")


@dataclass
class Draft:
    """Be a draft as its office last saw it."""

    declaration_id: str
    version: int
    mark: str
    has_text: bool


@dataclass
class Office:
    """Be an enterprise that has registered, with the one account it has."""

    name: str
    username: str
    drafts: dict[str, Draft] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


TokenAsking = Generator[float, None, str | None]
CaptchaAsking = Generator[float, None, dict[str, str]]


class Session:
    """Be one browser that is signed in, and signs in again when it must."""

    def __init__(self, caller: Caller, username: str) -> None:
        self._caller = caller
        self._username = username
        self._session_token: str | None = None
        self._actor_token: tuple[str, datetime] | None = None

    def ask(
        self, target: str, method: str, arguments: Mapping[str, Any], *, key: str | None = None
    ) -> Asking:
        """Ask as the account, with a token that is good right now."""
        tries = 0
        for _ in range(_LOGINS):
            token = yield from self._token()
            if token is None:
                break
            answer = yield from self._caller.ask(target, method, arguments, key=key, token=token)
            tries += answer.tries
            if answer.code != UNAUTHENTICATED:
                return Answer(answer.value, answer.code, tries)
            self._actor_token = None
        return Answer(None, "", tries)

    def log_out(self) -> Steps:
        """Sign out."""
        if self._session_token is None:
            return
        arguments = {"session_token": self._session_token}
        yield from self._caller.ask("accounts", "log_out", arguments)
        self._session_token = self._actor_token = None

    def _token(self) -> TokenAsking:
        now = self._caller.world.clock.now()
        if self._actor_token is not None and abs(now - self._actor_token[1]) < _TOKEN_USED:
            return self._actor_token[0]
        for _ in range(_LOGINS):
            if self._session_token is None:
                self._session_token = yield from self._log_in()
            if self._session_token is None:
                continue
            arguments = {"session_token": self._session_token}
            answer = yield from self._caller.ask("accounts", "get_actor_token", arguments)
            if answer.is_accepted:
                self._actor_token = answer["actor_token"], self._caller.world.clock.now()
                return str(answer["actor_token"])
            self._session_token = None
        return None

    def _log_in(self) -> TokenAsking:
        captcha = yield from solve_captcha(self._caller)
        arguments = {
            "username": self._username,
            "password": PASSWORD,
            "user_agent": "simulation",
            "client_address": f"198.51.{self._caller.world.chance.whole(0, 255)}.7",
            **captcha,
        }
        answer = yield from self._caller.ask("accounts", "log_in", arguments, tries=2)
        return str(answer["session_token"]) if answer.is_accepted else None


def solve_captcha(caller: Caller) -> CaptchaAsking:
    """Ask for a captcha and return it with its answer, as the development page shows it."""
    captcha = yield from caller.ask("accounts", "new_captcha", {})
    if not captcha.is_accepted:
        return {"captcha_id": "none", "captcha_answer": "none"}
    wanted = {"captcha_id": captcha["captcha_id"]}
    peeked = yield from caller.ask("accounts", "peek_captcha", wanted)
    return {
        "captcha_id": captcha["captcha_id"],
        "captcha_answer": peeked["answer"] if peeked.is_accepted else "none",
    }


def newest_code(telephones: Telephones, phone: str) -> str | None:
    """Return the code in the newest message on a telephone."""
    for text in reversed(telephones.texts(phone)):
        found = _CODE.search(text)
        if found is not None:
            return found[0]
    return None
