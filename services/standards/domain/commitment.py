"""What an enterprise commits itself to when it publishes (企业承诺, 手册 4.1 and 4.2).

A template never changes once it was used: a new wording is a new version. What was committed to is
stored with the publication, never rendered again.
"""

from dataclasses import dataclass
from typing import Final

from services.standards.domain.kinds import StandardKind


@dataclass(frozen=True)
class Template:
    """Hold one wording of a commitment under its version."""

    version: str
    text: str


@dataclass(frozen=True)
class Commitment:
    """Hold the text an enterprise sees and agrees to, and which template it came from."""

    template_version: str
    text: str


_RESPONSIBILITY: Final = (
    "我单位（{enterprise}）对以上填报信息的真实性、准确性、合法性负责，"
    "对本标准实施的结果承担全部法律责任。"
)

# A standard of one's own was made by the enterprise, so it answers for the content as well.
_OWN: Final = Template(
    version="own-1",
    text=(
        "{number}《{title}》规定的内容符合国家有关法律、法规、强制性标准及相关产业政策的要求，"
        "已经专家评审，并按照规定程序由企业法定代表人批准发布。"
        "我单位（{enterprise}）上述产品符合本标准规定的技术要求，相应的标准编号在产品包装上明示。"
        + _RESPONSIBILITY
    ),
)

# A standard picked from the catalogue was made by others: the enterprise says that it keeps it.
_PICKED: Final = Template(
    version="picked-1",
    text=(
        "我单位（{enterprise}）上述产品符合{number}《{title}》规定的技术要求，"
        "相应的标准编号在产品包装上明示。" + _RESPONSIBILITY
    ),
)

_CURRENT: Final = {
    StandardKind.NATIONAL: _PICKED,
    StandardKind.INDUSTRY: _PICKED,
    StandardKind.LOCAL: _PICKED,
    StandardKind.GROUP: _PICKED,
    StandardKind.ENTERPRISE: _OWN,
}


def current_template(kind: StandardKind) -> Template:
    """Return today's wording; ``{enterprise}``, ``{number}`` and ``{title}`` stand for names."""
    return _CURRENT[kind]


def render_commitment(
    *, kind: StandardKind, enterprise: str, number: str, title: str
) -> Commitment:
    """Return the commitment of today's template with its names filled in."""
    template = current_template(kind)
    text = template.text.format(enterprise=enterprise, number=number, title=title)
    return Commitment(template_version=template.version, text=text)
