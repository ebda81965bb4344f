"""Chinese texts for the error codes of ``accounts``."""

from typing import Final

from gateway.texts.catalogue import Text

_FIX = "请按各项的提示修改后重新提交。"

TEXTS: Final[dict[str, Text]] = {
    "accounts.captcha_wrong": Text("验证码错误", "页面验证码错误或已失效，请换一张后重新输入。"),
    "accounts.captcha_not_found": Text("验证码不存在", "没有找到该验证码，或它已经用过。"),
    "accounts.too_many_attempts": Text(
        "操作过于频繁", "操作过于频繁，请在 {retry_after} 秒后重试。"
    ),
    "accounts.verification_failed": Text(
        "基本信息验证未通过",
        "填写的信息必须和组织机构代码库中的信息保持一致。您可以在 {help_url} 查询本单位的信息；"
        "如近期变更过，请等待数据同步（一般为 7-15 个工作日）。",
    ),
    "accounts.enterprise_registered": Text(
        "该企业已注册", "该企业已注册，无需再次注册。请直接登录，忘记用户名可在登录页面找回。"
    ),
    "accounts.registration_invalid": Text(
        "注册步骤已失效", "注册步骤已失效或顺序有误，请从基本信息验证重新开始。"
    ),
    "accounts.invalid_fields": Text("填写的内容有误", _FIX),
    "accounts.username_malformed": Text(
        "用户名格式有误", "用户名由 6~20 位数字或者字母或者下划线组成，不能是汉字。"
    ),
    "accounts.username_taken": Text("用户名已被使用", "该用户名已被使用，请换一个。"),
    "accounts.name_malformed": Text("姓名有误", "请填写联系人的姓名。"),
    "accounts.id_number_malformed": Text(
        "身份证号有误", "身份证号应为 18 位或 15 位，请检查是否输入有误。"
    ),
    "accounts.id_number_taken": Text(
        "身份证号已注册", "该身份证号已在平台中注册，不允许重复使用。"
    ),
    "accounts.password_length": Text("密码长度有误", "密码的长度应为 8 至 64 位。"),
    "accounts.password_alphabet": Text(
        "密码格式有误", "密码由 6~30 位数字或者字母或者下划线组成。"
    ),
    "accounts.password_classes": Text(
        "密码过于简单", "密码应包含大写字母、小写字母、数字、符号中的至少三类。"
    ),
    "accounts.password_common": Text("密码过于常见", "这个密码太常见，容易被猜到，请换一个。"),
    "accounts.password_predictable": Text(
        "密码容易被猜到", "密码不能是连续或重复的字符，也不能包含用户名、证件号、企业名称或代码。"
    ),
    "accounts.password_mismatch": Text("确认密码不一致", "两次输入的密码不一致。"),
    "accounts.bureau_required": Text("请选择所属质检局", "请选择所属质检局（省、市、县）。"),
    "accounts.bureau_unknown": Text("所属质检局有误", "没有找到所选的所属质检局，请重新选择。"),
    "accounts.phone_malformed": Text("手机号码有误", "请输入 11 位手机号码。"),
    "accounts.phone_taken": Text("手机号码已注册", "该手机号码已在平台中注册，不允许重复使用。"),
    "accounts.terms_not_accepted": Text("请同意服务条款", "请阅读并同意服务条款。"),
    "accounts.code_too_soon": Text("发送过于频繁", "请在 {retry_after} 秒后再次获取验证码。"),
    "accounts.code_wrong": Text(
        "短信验证码错误", "短信验证码错误或已失效，请检查后重新输入，或重新获取。"
    ),
    "accounts.username_wrong": Text(
        "用户名错误", "用户名错误。用户名为注册时填写的用户名，不一定是企业名称。"
    ),
    "accounts.login_failed": Text(
        "登录失败",
        "用户名或密码错误。连续输错 5 次后账户将锁定 15 分钟，锁定期间无法登录。",
    ),
    "accounts.session_expired": Text(
        "登录已失效", "您长时间未操作或已退出，请重新登录。已保存的内容不会丢失。"
    ),
    "accounts.account_not_found": Text("账户不存在", "没有找到该账户。"),
    "accounts.enterprise_not_found": Text("企业不存在", "没有找到该企业。"),
    "accounts.flow_invalid": Text("步骤已失效", "步骤已失效或顺序有误，请从第一步重新开始。"),
    "accounts.password_wrong": Text("密码错误", "密码错误，请重新输入当前登录密码。"),
    "accounts.password_unchanged": Text("密码未改变", "新密码不能与原密码相同。"),
    "accounts.phone_missing": Text("没有手机号码", "该账户没有手机号码，无法发送验证码。"),
    "accounts.organization_deregistered": Text(
        "该机构已注销",
        "该机构在组织机构代码库中已注销，企业信息不能更新。如有疑问，请联系当地市场监督管理局。",
    ),
    "accounts.session_not_found": Text("登录不存在", "没有找到该登录，它可能已经结束。"),
    "accounts.terms_outdated": Text(
        "服务条款已更新", "服务条款已更新为新的版本，请阅读最新版本后再同意。"
    ),
    "accounts.role_unknown": Text("角色不存在", "没有名为 {role} 的角色。"),
    "accounts.not_in_production": Text("页面不存在", "此功能只在开发环境中提供。"),
}
