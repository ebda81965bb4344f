"""The texts that are sent and shown, as shipped, with places for values."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")

SIGNATURE: Final = "【企标平台】"

_CODE: Final = "：{code}，{minutes}分钟内有效。请勿告诉他人，非本人操作请忽略。"
_ASK: Final = " 凭编号和查询码可查询全文。"

TEMPLATES: Final[Mapping[str, str]] = {
    "REGISTRATION_CODE": "注册验证码" + _CODE,
    "PASSWORD_RECOVERY_CODE": "找回密码验证码" + _CODE,
    "USERNAME_RECOVERY_CODE": "找回用户名验证码" + _CODE,
    "PHONE_CHANGE_CODE": "更换手机号验证码" + _CODE,
    "NEW_PHONE_CODE": "绑定新手机号验证码" + _CODE,
    "INVITATION_CODE": "接受邀请验证码" + _CODE,
    "PASSWORD_CHANGED": "您的登录密码已于{at}修改。如非本人操作，请立即找回密码并联系所属质检局。",
    "PHONE_CHANGED": (
        "您账号的手机号已于{at}更换为{phone_masked}。如非本人操作，请立即联系所属质检局。"
    ),
    "PHONE_CHANGE_ANNOUNCED": (
        "{bureau}申请将您账号的手机号更换为{phone_masked}，将于{at}生效。"
        "如有异议，请在此之前登录平台撤销。"
    ),
    "INVITATION": "{enterprise}邀请您加入其企业账号，7天内有效：{url} 如不认识该企业请忽略。",
    "WAITING_READY": "{organization}的数据已同步，可以继续注册，7天内有效：{url}",
    "COMPLAINT_RESOLVED": "您的投诉举报{complaint_number}已办结：{outcome}" + _ASK,
    "COMPLAINT_REFUSED": "您的投诉举报{complaint_number}未予受理：{outcome}" + _ASK,
    "REVIEW_DUE": "贵企业公开的{count}项标准已到两年提醒期，请登录平台确认是否继续使用。",
    "ACCOUNT_FROZEN": "您的账号已被冻结。原因：{reason}。如有疑问，请联系所属质检局。",
}


@dataclass(frozen=True)
class InboxText:
    """Be what a message of the inbox says: one line, and what stands below it."""

    title: str
    body: str


INBOX_TEMPLATES: Final[Mapping[str, InboxText]] = {
    "PASSWORD_CHANGED": InboxText(
        "登录密码已修改",
        "您的登录密码刚刚修改，其他登录已全部退出。如非本人操作，请立即找回密码并联系所属质检局。",
    ),
    "PHONE_CHANGED": InboxText(
        "手机号已更换",
        "您账号的手机号已更换，其他登录已全部退出。如非本人操作，请立即联系所属质检局。",
    ),
    "TEAM_JOINED": InboxText("成员加入", "{name}已加入企业账号，角色：{role}。"),
    "TEAM_LEFT": InboxText("成员离开", "{name}已不再是企业账号的成员。"),
    "HANDOVER_DONE": InboxText("企业管理员已移交", "企业管理员已移交给{name}。"),
    "ENTERPRISE_FROZEN": InboxText(
        "企业账号已冻结", "企业账号已被冻结。原因：{reason}。已公开的标准不受影响。"
    ),
    "ENTERPRISE_UNFROZEN": InboxText("企业账号已解冻", "企业账号已解除冻结。原因：{reason}。"),
    "MACHINE_KEY_MADE": InboxText(
        "新建了接口密钥", "接口密钥“{name}”已生成。如非本企业操作，请立即吊销并修改密码。"
    ),
    "NEW_LOGIN": InboxText(
        "新的网络登录",
        "您的账号于{at}从新的网络（{network}）登录。如非本人操作，请立即修改密码。",
    ),
    "ORGANIZATION_CHANGED": InboxText(
        "企业信息有更新",
        "组织机构代码库中本企业的信息有变化，请在用户管理中点击“更新”。已公开的标准保持公开时的信息。",
    ),
    "MISSING_STANDARD_ADDED": InboxText(
        "反馈的标准已加入目录", "您反馈的标准 {number}《{title}》已加入目录，现在可以查询并选择。"
    ),
    "MISSING_STANDARD_REFUSED": InboxText(
        "反馈的标准未加入目录", "您反馈的标准 {number} 没有加入目录。原因：{reason}"
    ),
    "REVIEW_DUE": InboxText(
        "请确认是否继续使用标准",
        "您公开的标准 {number}《{title}》等共{count}项已到两年提醒期，请选择继续使用或废止。"
        "确认结果将对外公示，未确认的将再次提醒。",
    ),
    "STANDARD_SUPERSEDED": InboxText(
        "所执行的标准已被代替",
        "您声明执行的标准 {number}《{title}》已被 {replaced_by} 代替，公示页面已作标记。"
        "请核实并处理相关声明。",
    ),
    "STANDARD_WITHDRAWN": InboxText(
        "所执行的标准已废止",
        "您声明执行的标准 {number}《{title}》已经废止，公示页面已作标记。请核实并处理相关声明。",
    ),
    "CITED_STANDARD_OVER": InboxText(
        "所引用的标准已被代替或废止",
        "您公开的标准 {number}《{title}》引用的标准已被代替或废止，公示页面已列出。"
        "请核实，必要时修订。",
    ),
    "WEBHOOK_FAILING": InboxText(
        "推送暂时无法送达",
        "推送“{name}”已超过一小时未能送达：{reason}。平台将继续重试，请检查接收地址。",
    ),
    "WEBHOOK_DISABLED": InboxText(
        "推送已停用",
        "推送“{name}”已停用：{reason}。未送达的事件不会丢失，修复后启用即从原处继续。",
    ),
}


class TemplateError(ValueError):
    """Say that there is no such template, or that its values are not those given."""


def render(template: str, values: Mapping[str, str]) -> str:
    """Return the text message that a template makes of its values.

    Raises:
        TemplateError: the template is unknown, or the values are not exactly the ones it has.
    """
    return SIGNATURE + fill(_find(TEMPLATES, template), values)


def render_inbox(template: str, values: Mapping[str, str]) -> InboxText:
    """Return the message of the inbox that a template makes of its values.

    Raises:
        TemplateError: the template is unknown, or the values are not exactly the ones it has.
    """
    text = _find(INBOX_TEMPLATES, template)
    return InboxText(title=text.title, body=fill(text.body, values))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its values; what stands in braces within a value stays as it is.

    Raises:
        TemplateError: the values are not exactly the ones the text has.
    """
    if fields_in(text) != set(values):
        raise TemplateError("other values than the template has")
    return text.format(**values)


def fields_of(template: str) -> set[str]:
    """Return the names of the values that a template of a text message has."""
    return fields_in(TEMPLATES[template])


def places_of(template: str) -> list[str]:
    """Return the names of a text message's values in the order of the shipped text."""
    return [name for _, name, _, _ in string.Formatter().parse(TEMPLATES[template]) if name]


def fields_in(text: str) -> set[str]:
    """Return the names of the values that a text has."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _find(known: Mapping[str, T], template: str) -> T:
    if template not in known:
        raise TemplateError("unknown template")
    return known[template]
