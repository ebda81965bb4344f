"""Chinese texts for the error codes of ``accounts`` around staff, bureaus, teams and keys."""

from typing import Final

from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    "accounts.login_step_invalid": Text(
        "登录步骤已失效", "登录步骤已失效或顺序有误，请重新输入用户名和密码。"
    ),
    "accounts.totp_wrong": Text(
        "动态口令错误", "动态口令错误或已使用过，请等待下一个口令后重新输入。"
    ),
    "accounts.totp_not_enrolled": Text("未绑定动态口令", "该账户没有绑定动态口令。"),
    "accounts.initial_password_expired": Text(
        "初始密码已过期", "初始密码已过期，请联系安全管理员重新设置。"
    ),
    "accounts.enterprise_frozen": Text(
        "企业已被冻结", "该企业已被冻结，暂时不能登录和公开标准。如有疑问请联系所属质检局。"
    ),
    "accounts.roles_conflict": Text(
        "角色不能兼任", "系统管理员、安全管理员和审计员不能由同一账户兼任。"
    ),
    "accounts.region_required": Text(
        "请选择所属区域", "市场监督管理局工作人员必须指定所属区域，其他人员不指定。"
    ),
    "accounts.own_account": Text("不能操作自己的账户", "不能对自己的账户进行此操作。"),
    "accounts.reason_required": Text("请填写原因", "请填写办理原因（2 至 200 字）。"),
    "accounts.phone_unchanged": Text("手机号码未变化", "新手机号码与原手机号码相同。"),
    "accounts.phone_change_open": Text("已有待办的变更", "该账户已有一项尚未办结的手机号码变更。"),
    "accounts.phone_change_decided": Text(
        "变更已办结", "该手机号码变更已经审核、生效或撤销，不能重复办理。"
    ),
    "accounts.phone_change_not_found": Text("变更不存在", "没有找到该手机号码变更。"),
    "accounts.second_person_required": Text(
        "须由他人审核", "手机号码变更须由申请人以外的工作人员审核。"
    ),
    "accounts.already_frozen": Text("企业已被冻结", "该企业已处于冻结状态。"),
    "accounts.not_frozen": Text("企业未被冻结", "该企业没有被冻结。"),
    "accounts.team_full": Text("成员人数已满", "成员和未接受的邀请最多共 {limit} 个。"),
    "accounts.invitation_invalid": Text(
        "邀请已失效", "该邀请不存在、已使用、已撤回或已过期，请联系企业管理员重新邀请。"
    ),
    "accounts.owner_required": Text(
        "企业须有一名管理员", "企业须有一名管理员。请先将管理员移交给其他成员。"
    ),
    "accounts.handover_required": Text(
        "请先移交", "您是企业管理员，请先移交给其他成员，再注销自己的账户。"
    ),
    "accounts.key_name_malformed": Text("名称有误", "请填写密钥的用途（1 至 60 字）。"),
    "accounts.key_invalid": Text("接口密钥无效", "接口密钥不正确、已过期或已停用。"),
    "accounts.key_not_found": Text("接口密钥不存在", "没有找到该接口密钥。"),
    "accounts.too_many_keys": Text("接口密钥过多", "一家企业最多使用 {limit} 个接口密钥。"),
    "accounts.key_ended": Text(
        "接口密钥已停用", "该接口密钥已停用、过期或更换，不能再更换或调整配额。"
    ),
    "accounts.key_quota": Text(
        "超出调用配额", "接口密钥的调用次数已用完，请在 {retry_after} 秒后重试。"
    ),
    "accounts.key_quota_bounds": Text("配额超出范围", "配额须为 1 至 {most} 次，或不单独设置。"),
}
