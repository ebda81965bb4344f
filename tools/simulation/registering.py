"""People who register their enterprise: three steps, with slips, and two at once for the same."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stdnum.iso7064 import mod_11_2

from tools.simulation.chance import Chance
from tools.simulation.clients import Asking, Caller, Steps, settle
from tools.simulation.journal import Journal
from tools.simulation.offices import PASSWORD, newest_code, solve_captcha
from tools.simulation.telephones import Telephones

Finding = Generator[float, None, str | None]

_TRIES: Final = 4
_WAITS: Final = 10


@dataclass(frozen=True)
class Person:
    """Be somebody with an identity card and a telephone."""

    id_number: str
    phone: str


def new_people(chance: Chance, count: int) -> list[Person]:
    """Return people who do not exist."""
    people = []
    for _ in range(count):
        body = f"990000{chance.whole(1960, 1999)}0{chance.whole(1, 9)}1{chance.digits(4)}"
        number = body + str(mod_11_2.calc_check_digit(body))
        people.append(Person(number, f"138{chance.digits(8)}"))
    return people


class Registrant:
    """Register one enterprise after the other; others may be quicker."""

    pause = 15.0

    def __init__(  # noqa: PLR0913 - who, with what, and where it is noted
        self,
        name: str,
        caller: Caller,
        journal: Journal,
        telephones: Telephones,
        *,
        organizations: Sequence[Mapping[str, str]],
        people: Sequence[Person],
        is_careful: bool = False,
    ) -> None:
        self.name = name
        self._caller = caller
        self._chance = caller.world.chance
        self._journal = journal
        self._telephones = telephones
        self._organizations = organizations
        self._people = people
        self._is_careful = is_careful
        self._count = 0

    def begin(self) -> tuple[str, Steps]:
        """Return the next registration."""
        if self._chance.happens(0.15):
            return "verify wrongly", self._verify_wrongly()
        return "register", self.register(
            self._chance.pick(self._organizations), self._chance.pick(self._people)
        )

    def register(self, organization: Mapping[str, str], person: Person) -> Steps:
        """Take all three steps."""
        self._count += 1
        username = f"{self.name}_{self._count:04d}"
        token = yield from self._verify(organization)
        if token is None:
            return
        yield self._chance.between(0, 3)
        user = {
            "token": token,
            "username": username,
            "name": "张三",
            "id_number": self._spelling(person.id_number),
            "password": PASSWORD,
            "password_confirmation": PASSWORD,
            "bureau_code": organization["reg_admin_code"],
        }
        submitted = yield from self._tell("submit_registration_user", user)
        if not submitted.is_accepted or self._slips(0.05):
            return
        code = yield from self._receive_code(token, person.phone)
        if code is None:
            return
        if self._slips(0.2):
            yield from self._complete_wrongly(token, person.phone)
        yield from self._complete(token, organization, person, username, code)

    def _verify(self, organization: Mapping[str, str]) -> Finding:
        for _ in range(_TRIES):
            captcha = yield from solve_captcha(self._caller)
            fields = {
                "code": organization["credit_code"] or organization["org_code"],
                "name": organization["name"],
                "legal_representative": organization["legal_rep"],
                "legal_representative_id_number": organization["legal_representative_id_number"],
                "address": organization["registered_address"],
                "client_address": self._address(),
                **captcha,
            }
            answer = yield from self._tell("begin_registration", fields, tries=1)
            if answer.is_accepted:
                return str(answer["token"])
            if answer.code and answer.code != "accounts.captcha_wrong":
                return None
            yield self._chance.between(1, 10)
        return None

    def _receive_code(self, token: str, phone: str) -> Finding:
        known = len(self._telephones.texts(phone))
        for _ in range(_TRIES):
            captcha = yield from solve_captcha(self._caller)
            fields = {"token": token, "phone": phone, "client_address": self._address(), **captcha}
            sent = yield from self._tell("send_registration_code", fields, tries=1)
            if sent.code in {"accounts.invalid_fields", "accounts.registration_invalid"}:
                return None
            for _ in range(_WAITS):
                yield self._chance.between(1, 8)
                if len(self._telephones.texts(phone)) > known:
                    return newest_code(self._telephones, phone)
        return None

    def _complete(
        self,
        token: str,
        organization: Mapping[str, str],
        person: Person,
        username: str,
        code: str,
    ) -> Steps:
        key = self._caller.new_key()
        command = self._journal.begin(
            "register",
            username,
            key=key,
            organization=organization["org_code"],
            phone=person.phone,
        )
        fields = {"token": token, "phone": person.phone, "code": code, "has_accepted_terms": True}
        answer = yield from self._tell("complete_registration", fields, key=key)
        settle(command, answer)
        if not answer.is_accepted:
            return
        again = yield from self._tell("complete_registration", fields, key=key)
        if again.is_accepted and again.value != answer.value:
            self._caller.world.problem("two answers to one registration differ")
        if again.code:
            self._caller.world.problem(f"a repeated registration was refused: {again.code}")

    def _complete_wrongly(self, token: str, phone: str) -> Steps:
        fields = {"token": token, "phone": phone, "code": "x", "has_accepted_terms": True}
        answer = yield from self._tell("complete_registration", fields, key=self._caller.new_key())
        if answer.is_accepted:
            self._caller.world.problem("registered with a wrong code")

    def _verify_wrongly(self) -> Steps:
        """Guess at an identity number."""
        organization = self._chance.pick(self._organizations)
        guess = self._chance.pick(self._people).id_number
        yield from self._verify({**organization, "legal_representative_id_number": guess})

    def _tell(
        self, method: str, fields: Mapping[str, Any], *, key: str | None = None, tries: int = 40
    ) -> Asking:
        return self._caller.ask("accounts", method, fields, key=key, tries=tries)

    def _slips(self, probability: float) -> bool:
        return not self._is_careful and self._chance.happens(probability)

    def _address(self) -> str:
        return f"203.0.{self._chance.whole(0, 255)}.9"

    def _spelling(self, number: str) -> str:
        return number.lower() if self._chance.happens(0.5) else number
