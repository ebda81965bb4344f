"""Which entry of the FAQ (手册 9) helps with which refusal, and under which topic it stands."""

from typing import Final

PAGE: Final = "/help/faq/{number}"

BY_CODE: Final[dict[str, int]] = {
    "registry.address_mismatch": 1,
    "registry.address_province_missing": 1,
    "registry.address_province_extra": 1,
    "registry.hint_city_missing": 1,
    "registry.hint_county_missing": 1,
    "registry.hint_space": 1,
    "registry.hint_number_sign": 1,
    "registry.name_mismatch": 2,
    "registry.hint_full_width_bracket": 2,
    "registry.id_number_mismatch": 4,
    "registry.information_mismatch": 4,
    "registry.hint_id_length": 4,
    "registry.hint_id_short_form": 4,
    "registry.hint_id_document": 4,
    "registry.legal_representative_mismatch": 5,
    "registry.hint_former_value": 5,
    "registry.code_mismatch": 6,
    "registry.hint_code_length": 6,
    "registry.region_not_open": 8,
    "registry.not_synced": 14,
    "registry.hint_wait_for_sync": 14,
    "accounts.username_malformed": 7,
    "accounts.name_malformed": 9,
    "accounts.phone_missing": 10,
    "accounts.username_wrong": 11,
    "standards.number_locked": 13,
    "standards.catalogue_required": 18,
    "standards.catalogue_unknown": 18,
    "standards.catalogue_standard_not_found": 18,
    "standards.year_malformed": 19,
    "standards.commitment_required": 20,
    "standards.not_published": 26,
    "standards.product_class_not_found": 23,
    "standards.text_xor_indicators": 24,
    "standards.already_exists": 25,
    "standards.not_publishable": 26,
    "standards.correction_over": 28,
    "standards.published_not_savable": 28,
    "standards.published_not_deletable": 29,
    "standards.not_revisable": 35,
    "standards.review_not_due": 36,
    "standards.check_number_regional": 17,
}
TOPICS: Final[dict[str, tuple[int, ...]]] = {
    "注册": (1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16, 30),
    "账户与企业信息": (10, 11, 12),
    "填报标准": (17, 18, 19, 23, 24, 37),
    "保存与提交": (20, 21, 25, 26),
    "公开以后": (13, 22, 27, 28, 29, 31, 32, 35, 36),
    "平台的规则": (33, 34),
}
OTHER: Final = "其他"
_TOPIC_OF: Final = {number: topic for topic, numbers in TOPICS.items() for number in numbers}


def address(code: str) -> str | None:
    """Return where the answer to a refusal is, if the FAQ has one."""
    number = BY_CODE.get(code)
    return None if number is None else PAGE.format(number=number)


def topic_of(number: int) -> str:
    """Return the topic of an entry; the bureau may have added entries of its own."""
    return _TOPIC_OF.get(number, OTHER)
