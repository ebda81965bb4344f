"""Read one row of a file of the code database into a record, or say all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from services.registry.domain import codes, folding, identity, regions
from services.registry.domain.identity import IdNumberType

REQUIRED_COLUMNS: Final = (
    "name",
    "credit_code",
    "legal_rep",
    "registered_address",
    "legal_representative_id_number",
)

_EMPTY: Final = frozenset({"", "N/A", "NULL", "NONE", "-", "--"})
_LONGEST_EMPTY: Final = max(map(len, _EMPTY))
_DEREGISTERED: Final = frozenset({"DEREGISTERED", "注销", "吊销", "已注销", "已吊销"})
_MAX_LENGTH: Final = {"name": 200, "legal_rep": 120, "registered_address": 500}
_POSTCODE_LENGTH: Final = 6
_SEPARATOR: Final = "\x1f"
_NOTHING: Final = str(None)
_TRUE: Final = str(True)


class Fault(StrEnum):
    """Name what can be wrong with a row."""

    COLUMN_COUNT = "column_count"
    MOJIBAKE = "mojibake"
    MISSING = "missing"
    TOO_LONG = "too_long"
    BAD_CODE = "bad_code"
    CODE_CONFLICT = "code_conflict"
    UNKNOWN_PROVINCE = "unknown_province"
    BAD_REGION = "bad_region"
    BAD_ID_NUMBER = "bad_id_number"
    BAD_ID_TYPE = "bad_id_type"
    REPEATED_CODE = "repeated_code"


@dataclass(frozen=True)
class RowFault:
    """Point at one bad field of a row."""

    field: str
    fault: Fault


class OrganizationRecord(NamedTuple):
    """Hold one organisation as the code database states it, cleaned for storage.

    A tuple: an import makes millions, and a frozen dataclass takes several times as long.
    """

    credit_code: str | None
    organization_code: str
    name: str
    legal_representative: str
    id_number_type: IdNumberType
    id_number: str
    address: str
    region: str
    postcode: str = ""
    email: str = ""
    phone: str = ""
    is_deregistered: bool = False

    def to_text(self) -> str:
        """Return all values as one line.

        No value holds a control character: nothing else can be written the same way.
        """
        return _SEPARATOR.join(map(str, self))

    @classmethod
    def from_text(cls, text: str) -> "OrganizationRecord":
        """Return the record that was written as this line."""
        credit_code, organization_code, name, person, kind, *others = text.split(_SEPARATOR)
        number, address, region, postcode, email, phone, is_gone = others
        return cls(
            credit_code=None if credit_code == _NOTHING else credit_code,
            organization_code=organization_code,
            name=name,
            legal_representative=person,
            id_number_type=IdNumberType(kind),
            id_number=number,
            address=address,
            region=region,
            postcode=postcode,
            email=email,
            phone=phone,
            is_deregistered=is_gone == _TRUE,
        )

    def with_credit_code(self, code: str | None) -> "OrganizationRecord":
        """Return the same record with another credit code."""
        return self._replace(credit_code=code)


def read_row(values: Mapping[str, str]) -> OrganizationRecord | list[RowFault]:
    """Return the record of a row, or every fault it has in the order of the columns."""
    faults: list[RowFault] = []
    joined = "".join(values.values())
    if not folding.is_plain(joined):
        if folding.has_mojibake(joined):
            return [RowFault(_broken_column(values), Fault.MOJIBAKE)]
        values = {column: folding.clean_text(value) for column, value in values.items()}
    texts = _read_texts(values, faults)
    credit_code, organization_code = _read_codes(values, faults)
    kind, number = _read_id_number(values, faults)
    region = _read_region(values, faults)
    if faults:
        return faults
    return OrganizationRecord(
        credit_code=credit_code,
        organization_code=organization_code,
        name=texts["name"],
        legal_representative=texts["legal_rep"],
        id_number_type=kind,
        id_number=number,
        address=texts["registered_address"],
        region=region,
        postcode=_optional(values, "postcode")[:_POSTCODE_LENGTH],
        email=_optional(values, "legal_representative_email"),
        phone=_optional(values, "phone"),
        is_deregistered=_optional(values, "status").upper() in _DEREGISTERED,
    )


def _broken_column(values: Mapping[str, str]) -> str:
    return next(column for column, value in values.items() if folding.has_mojibake(value))


def _optional(values: Mapping[str, str], column: str) -> str:
    """Return a cleaned value, or nothing for what only says that there is none."""
    text = values.get(column, "")
    return "" if len(text) <= _LONGEST_EMPTY and text.upper() in _EMPTY else text


def _read_texts(values: Mapping[str, str], faults: list[RowFault]) -> dict[str, str]:
    texts = {}
    for column, limit in _MAX_LENGTH.items():
        texts[column] = _optional(values, column)
        if not texts[column]:
            faults.append(RowFault(column, Fault.MISSING))
        elif len(texts[column]) > limit:
            faults.append(RowFault(column, Fault.TOO_LONG))
    return texts


def _read_codes(values: Mapping[str, str], faults: list[RowFault]) -> tuple[str | None, str]:
    credit_code = codes.fold_code(_optional(values, "credit_code"))
    organization_code = codes.fold_code(_optional(values, "org_code"))
    if credit_code:
        embedded = codes.organization_code_of(credit_code)
        if not codes.is_credit_code(credit_code):
            faults.append(RowFault("credit_code", Fault.BAD_CODE))
        elif organization_code and organization_code != embedded:
            faults.append(RowFault("org_code", Fault.CODE_CONFLICT))
        return credit_code, embedded
    if not organization_code:
        faults.append(RowFault("credit_code", Fault.MISSING))
    elif not codes.is_organization_code(organization_code):
        faults.append(RowFault("org_code", Fault.BAD_CODE))
    return None, organization_code


def _read_id_number(values: Mapping[str, str], faults: list[RowFault]) -> tuple[IdNumberType, str]:
    column = "legal_representative_id_number"
    number = identity.fold_id_number(_optional(values, column))
    named = _optional(values, "legal_representative_id_type").upper()
    if named and named not in IdNumberType.__members__:
        faults.append(RowFault("legal_representative_id_type", Fault.BAD_ID_TYPE))
        return IdNumberType.RESIDENT_ID, number
    kind = IdNumberType(named) if named else identity.guess_type(number)
    if not number:
        faults.append(RowFault(column, Fault.MISSING))
    elif not identity.is_acceptable(number, kind):
        faults.append(RowFault(column, Fault.BAD_ID_NUMBER))
    return kind, number


def _read_region(values: Mapping[str, str], faults: list[RowFault]) -> str:
    """Return the division code; a province that is not one shows that the columns have shifted."""
    province = values.get("province", "").strip()
    prefix = regions.province_prefix(province)
    if province and prefix is None:
        faults.append(RowFault("province", Fault.UNKNOWN_PROVINCE))
        return ""
    code = _optional(values, "reg_admin_code")
    if regions.is_division_code(code):
        return code
    if prefix is None:
        faults.append(RowFault("reg_admin_code", Fault.BAD_REGION))
        return ""
    return prefix + "0000"
