"""Why an uploaded standard text is refused, and what the user can do about it."""

from typing import Final

REASONS: Final[dict[str, str]] = {
    "empty": "文件是空的。请重新选择文件后上传。",
    "too_large": "文件超过大小上限。请压缩图片或降低扫描分辨率后重新导出 PDF。",
    "not_pdf": "这不是 PDF 文件。请用 Word、WPS 把标准文本“另存为 PDF”后上传，只改扩展名不行。",
    "polyglot_header": "PDF 内容之前有多余的数据。请用 Word、WPS 等软件重新导出 PDF 后上传。",
    "polyglot_archive": "文件同时是一个压缩包。请用 Word、WPS 等软件重新导出 PDF 后上传。",
    "trailing_data": "PDF 结尾之后有多余的数据。请用 PDF 阅读器“打印为 PDF”后上传新文件。",
    "truncated": "文件不完整，结尾部分缺失。请检查原文件能否打开到最后一页，然后重新上传。",
    "encrypted": "文件需要密码才能打开。请去掉密码后上传（只限制打印、复制的可以直接上传）。",
    "has_javascript": "文件中含有 JavaScript 脚本。请用 PDF 阅读器“打印为 PDF”后上传新文件。",
    "has_launch_action": "文件中含有启动其他程序的动作。请删除该链接或按钮，重新导出 PDF 后上传。",
    "has_external_action": (
        "文件中含有指向本机文件、其他文档或提交数据的链接。只允许网页和邮箱链接，"
        "请删除其他链接后重新导出 PDF。"
    ),
    "has_attachments": "文件中带有附件。请删除附件，把需要公开的内容放进正文后重新导出 PDF。",
    "rich_media": "文件中含有音频、视频或三维内容。请删除这些内容后重新导出 PDF。",
    "has_xfa": "文件是 XFA 动态表单，多数阅读器打不开。请“打印为 PDF”后上传新文件。",
    "no_pages": "文件中没有可以显示的页面。请检查原文件后重新导出 PDF。",
    "too_many_pages": "页数超过上限（2000 页）。请只上传标准文本本身。",
    "too_many_objects": "文件内部对象过多，无法检查。请用 PDF 阅读器“打印为 PDF”后上传新文件。",
    "too_complex": "文件结构过于复杂，无法检查。请用 PDF 阅读器“打印为 PDF”后上传新文件。",
    "timed_out": "检查文件用时过长。请用 PDF 阅读器“打印为 PDF”后上传新文件；仍不成功请联系我们。",
    "damaged": "文件已损坏，无法读取。请用原来的软件重新导出 PDF 后上传。",
}
"""Code of a refusal → text for the user: what is wrong, then what to do."""
