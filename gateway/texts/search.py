"""Chinese texts for the error codes of ``search``."""

from typing import Final

from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    "search.not_found": Text("记录不存在", "没有找到公开编号对应的标准，请核对编号。"),
    "search.invalid_cursor": Text("翻页位置有误", "翻页位置无效或与查询条件不符，请重新查询。"),
    "search.outdated_cursor": Text("翻页位置已过期", "检索库已更新，请从第一页重新查询。"),
}
