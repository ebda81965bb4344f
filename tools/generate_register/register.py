"""Make publications by number: any part of a register can be made without the rest."""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final

from stdnum import ean

from tools.generate_register.enterprises import Enterprises
from tools.generate_register.words import Draw, Standard, Words, own_words

NATIONAL_ENTERPRISES: Final = 472_459
NATIONAL_DECLARATIONS: Final = 3_200_000
NATIONAL_PRODUCTS: Final = 5_300_000

# Publications whose dice are thrown together.
BLOCK: Final = 1_000

_SINCE: Final = datetime(2015, 4, 1, tzinfo=UTC)
_UNTIL: Final = datetime(2026, 11, 1, tzinfo=UTC)
_OWN_SHARE: Final = 0.82
_INDICATORS_SHARE: Final = 0.25
_WITHDRAWN_SHARE: Final = 0.07
_BARCODE_SHARE: Final = 0.6
# A few enterprises publish much, most of them little.
_ENTERPRISE_POWER: Final = 1.6
_PRODUCT_COUNTS: Final = Draw(((1, 70), (2, 15), (3, 7), (4, 4), (5, 2.5), (11, 1.5)))
_ENDS: Final = Draw(
    (
        ("", 70),
        ("通用技术条件", 6),
        ("技术要求", 6),
        ("技术规范", 5),
        ("产品标准", 3),
        ("（I型）", 2),
    )
)
_REASONS: Final = ("REPLACED", "NOT_IN_USE", "PRODUCT_DISCONTINUED", "OTHER")
_LETTERS: Final = {"NATIONAL": "G", "INDUSTRY": "H", "LOCAL": "D", "GROUP": "T", "ENTERPRISE": "Q"}
_UNITS: Final = ("g", "kg", "mL", "mm", "L", "件")
_SENTENCES: Final = (
    "本标准规定了{}的技术要求、试验方法、检验规则、标志、包装、运输和贮存。",
    "下列文件对于{}的应用是必不可少的。",
    "{}应符合本标准的要求，并按照规定程序批准的图样及技术文件制造。",
    "{}的外观应平整、清洁，色泽均匀，无裂纹、无明显划痕。",
    "每批{}应附有产品合格证，经检验部门检验合格后方可出厂。",
)
_COMMITMENT: Final = {
    "template_version": "register",
    "text": "本企业对公开的产品标准的真实性、准确性负责。",
}
_NOTHING_STATED: Final = {
    "deviation": "NONE",
    "recommended_number": "",
    "deviation_statement": "",
    "commissioned_producer": "",
    "commissioned_producer_code": "",
    "joint_parties": [],
    "other_channel": "",
}


@dataclass(frozen=True)
class Plan:
    """Say what is made.

    Args:
        declarations: how many publications.
        seed: of the dice.
        until: the moment after the last publication; the first is of 2015.
    """

    declarations: int = NATIONAL_DECLARATIONS
    seed: int = 1
    until: datetime = _UNTIL

    @property
    def enterprises(self) -> int:
        """Return how many enterprises there are for so many declarations."""
        return max(1, round(self.declarations * NATIONAL_ENTERPRISES / NATIONAL_DECLARATIONS))


@dataclass(frozen=True)
class Publication:
    """Be one published declaration as it stands now.

    ``position`` counts publications from 0 in the order they were published in.
    """

    position: int
    document: dict[str, Any]
    state: str
    withdrawn_at: str | None
    withdrawal_reason: str | None

    @property
    def declaration_id(self) -> str:
        """Return the id of the declaration."""
        return str(self.document["declaration_id"])

    @property
    def sequence(self) -> int:
        """Return how often something happened to the declaration."""
        return 1 if self.withdrawn_at is None else 2

    @cached_property
    def text(self) -> str:
        """Return the canonical JSON text of the document."""
        return json.dumps(self.document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def as_current_version(self) -> dict[str, Any]:
        """Return what ``standards.get_current_version`` would answer, without extracted words."""
        return {
            "declaration_id": self.declaration_id,
            "version": self.document["version"],
            "record_number": self.document["record_number"],
            "document": self.text,
            "sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            "published_at": self.document["published_at"],
            "extracted_text": None,
            "sequence": self.sequence,
            "state": self.state,
            "withdrawn_at": self.withdrawn_at,
            "withdrawal_reason": self.withdrawal_reason,
            "marks": [],
        }


@dataclass(frozen=True)
class Register:
    """Be the publications of a plan; nothing is kept, each run makes them anew."""

    plan: Plan
    words: Words = field(default_factory=own_words)

    def publications(self, start: int = 0, stop: int | None = None) -> Iterator[Publication]:
        """Return publications in the order of publication, from a position up to another."""
        end = self.plan.declarations if stop is None else min(stop, self.plan.declarations)
        for block in range(start // BLOCK, -(-end // BLOCK)):
            writer = _Writer(self, block)
            for position in range(block * BLOCK, min(end, (block + 1) * BLOCK)):
                publication = writer.write(position)
                if position >= start:
                    yield publication

    @cached_property
    def enterprises(self) -> Enterprises:
        """Return the enterprises of this register."""
        return Enterprises(self.words, self.plan.seed)

    def extracted_text(self, publication: Publication, characters: int = 2_000) -> str:
        """Return words such as a published file holds, the same for the same publication."""
        dice = random.Random(f"{self.plan.seed}:text:{publication.position}").random  # noqa: S311 - invented
        parts: list[str] = []
        length = 0
        while length < characters:
            sentence = _SENTENCES[int(dice() * len(_SENTENCES))]
            goods = publication.document["title"] if dice() < 0.5 else self.words.goods(dice)  # noqa: PLR2004 - one of two
            parts.append(sentence.format(goods))
            length += len(parts[-1])
        return "".join(parts)[:characters]


class _Writer:
    """Throw the dice of one block of publications."""

    def __init__(self, register: Register, block: int) -> None:
        self._register = register
        self._words = register.words
        self._random = random.Random(f"{register.plan.seed}:{block}")  # noqa: S311 - invented
        self._dice = self._random.random
        self._step = (register.plan.until - _SINCE) / max(1, register.plan.declarations)

    def write(self, position: int) -> Publication:
        """Return the publication of a position; they are asked for one after the other."""
        dice, plan = self._dice, self._register.plan
        chosen = int(plan.enterprises * dice() ** _ENTERPRISE_POWER)
        enterprise, letters = self._register.enterprises.get(chosen)
        published_at = _SINCE + self._step * (position + dice())
        is_own = dice() < _OWN_SHARE
        goods = self._words.goods(dice)
        kind, number, title = (
            ("ENTERPRISE", self._own_number(letters, published_at.year), goods + _ENDS(dice))
            if is_own
            else self._picked(self._words.standards(dice))
        )
        has_indicators = is_own and dice() < _INDICATORS_SHARE
        mode = "INDICATORS" if has_indicators else "FULL_TEXT" if is_own else "NONE"
        moment = f"{published_at:%Y%m%d%H%M}"
        document = {
            "form": "declaration/1",
            "declaration_id": self._new_id(published_at),
            "version": 1,
            "record_number": (
                f"{_LETTERS[kind]}-{enterprise['credit_code']}-{moment}-{position + 1:04}"
            ),
            "supersedes": None,
            "kind": kind,
            "number": number,
            "title": title,
            "catalogue_id": None,
            "subject": "PRODUCT",
            "disclosure_mode": mode,
            "text": self._file(title) if mode == "FULL_TEXT" else None,
            "indicators": self._indicators() if has_indicators else [],
            "products": [self._product(goods) for _ in range(_PRODUCT_COUNTS(dice))],
            "disclosure": _NOTHING_STATED,
            "commitment": _COMMITMENT,
            "enterprise": enterprise,
            "published_at": _wire(published_at),
            "corrected_at": None,
        }
        if not is_own or dice() >= _WITHDRAWN_SHARE:
            return Publication(position, document, "PUBLISHED", None, None)
        over = published_at + (plan.until - published_at) * dice()
        reason = _REASONS[int(dice() * len(_REASONS))]
        return Publication(position, document, "WITHDRAWN", _wire(over), reason)

    def _own_number(self, letters: str, year: int) -> dict[str, str]:
        serial = 1 + int(200 * self._dice() ** 2)
        is_food = self._dice() < 0.3  # noqa: PLR2004 - about so many are of food
        body = f"{letters} {serial:04}S" if is_food else f"{letters} {serial:03}"
        return _number("Q", body, str(year), f"Q/{body}-{year}")

    @staticmethod
    def _picked(standard: Standard) -> tuple[str, dict[str, str], str]:
        front, _, year = standard.number.rpartition("-")
        prefix, _, body = (front or standard.number).rpartition(" ")
        number = _number(prefix, body, year if front else "", standard.number)
        return standard.kind, number, standard.title

    def _product(self, goods: str) -> dict[str, str]:
        dice = self._dice
        size = int(dice() * 999) + 1
        return {
            "name": f"{goods}（{size}型）",
            "generic_name": goods,
            "barcode": self._barcode() if dice() < _BARCODE_SHARE else "",
            "brand": "",
            "specification": f"{size}{_UNITS[size % len(_UNITS)]}",
            "model": f"{chr(65 + size % 26)}{chr(65 + size // 26 % 26)}-{size}",
            "class_code": self._words.class_codes(dice),
        }

    def _barcode(self) -> str:
        # 20 to 29 are for use within a shop: no real product has such a barcode.
        body = f"2{int(self._dice() * 10**11):011}"
        return body + str(ean.calc_check_digit(body))

    def _file(self, title: str) -> dict[str, Any]:
        bits = self._random.getrandbits(256)
        return {
            "file_name": f"{title}.pdf",
            "size": 40_000 + bits % 4_000_000,
            "sha256": f"{bits:064x}",
            "pages": 3 + bits % 37,
        }

    def _indicators(self) -> list[dict[str, Any]]:
        return [self._indicator() for _ in range(2 + int(self._dice() * 4))]

    def _indicator(self) -> dict[str, Any]:
        dice = self._dice
        name, unit = self._words.indicators(dice)
        low = 1 + int(dice() * 500)
        high = low + 1 + int(dice() * 90)
        has_left = dice() < 0.7  # noqa: PLR2004 - most have both
        return {
            "name": name,
            "category": "理化指标",
            "condition": "",
            "requirement": {
                "kind": "NUMERIC",
                "left": _bound(low) if has_left else None,
                "right": _bound(high),
                "unit": unit,
                "name": "",
            },
            "test_method": {"kind": "CUSTOM", "content": "按附录A规定的方法试验。"},
            "level_note": "",
            "preview": f"{f'{low} <= ' if has_left else ''}{name} <= {high}{unit}",
        }

    def _new_id(self, moment: datetime) -> str:
        """Return an id as `chassis.ids.new_id` would have made it at that moment."""
        digits = f"{int(moment.timestamp() * 1000):012x}7{self._random.getrandbits(76):019x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-a{digits[17:20]}-{digits[20:]}"


def _number(prefix: str, body: str, year: str, text: str) -> dict[str, str]:
    return {"prefix": prefix, "body": body, "year": year, "text": text}


def _bound(value: int) -> dict[str, str]:
    return {"symbol": "<=", "main": str(value), "upper_tolerance": "", "lower_tolerance": ""}


def _wire(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
