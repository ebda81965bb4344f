"""Chinese texts for the error codes of ``standards``."""

from typing import Final

from gateway.texts.catalogue import Text

_FIELDS = "填写的内容有误，请按各字段的提示修改后重新提交。"

TEXTS: Final[dict[str, Text]] = {
    "standards.not_found": Text("记录不存在", "没有找到这条记录，可能已被删除，或不属于本企业。"),
    "standards.upload_not_found": Text("文件不存在", "没有找到这次上传的文件，请重新上传。"),
    "standards.already_exists": Text("该标准已存在", "该标准已存在"),
    "standards.published_not_savable": Text(
        "标准已公开", "已公开的标准不能再保存为未公开的标准，修改后只能提交。"
    ),
    "standards.published_not_deletable": Text("标准已公开", "只有未公开的标准才可以删除。"),
    "standards.already_published": Text("标准已公开", "这条标准已经公开，无需再次提交。"),
    "standards.not_published": Text("标准未公开", "这条标准还没有公开，请直接修改后提交。"),
    "standards.withdrawn": Text(
        "标准已废止",
        "已废止的标准只能查看，不能再修改、修订、关联产品或恢复；如需继续，请重新填报。",
    ),
    "standards.correction_over": Text(
        "已超过24小时",
        "公开满24小时后不能再修改。标准名称、编号有误，请废止后重新填报正确标准；其他内容请使用修订，增加产品请使用关联产品。",
    ),
    "standards.correction_over_picked": Text(
        "已超过24小时", "公开满24小时后不能再修改。此类标准不能修订，需要增加产品时请使用关联产品。"
    ),
    "standards.not_revisable": Text(
        "不能修订", "只有企业标准才可以修订。此类标准公开24小时内可以修改，之后可以关联产品。"
    ),
    "standards.not_withdrawable": Text(
        "不能废止", "只有企业标准才可以废止。此类标准公开24小时内可以修改，之后可以关联产品。"
    ),
    "standards.revision_open": Text(
        "已在修订", "这条标准已有一份未公开的修订，请在未公开的标准中继续修改或删除它。"
    ),
    "standards.predecessor_withdrawn": Text(
        "原标准已废止", "被修订的标准已经废止，这份修订不能再公开。请删除它，重新填报新标准。"
    ),
    "standards.confirmation_invalid": Text(
        "请重新确认", "确认已失效：可能超过了10分钟，或标准在此期间有变化。请重新点击废止并确认。"
    ),
    "standards.review_not_due": Text(
        "尚未到确认时间", "这条标准还没有到两年提醒期，到期后会以站内消息和短信提醒，届时再确认。"
    ),
    "standards.number_locked": Text(
        "不能修改名称和编号",
        "修订的标准与原标准共用标准名称和标准编号，不能修改。名称、编号有误，请废止后重新填报。",
    ),
    "standards.nothing_added": Text("没有产品", "请至少增加一条产品信息再提交。"),
    "standards.upload_wrong_state": Text("上传已结束", "这次上传已经结束，请重新上传文件。"),
    "standards.upload_mismatch": Text(
        "文件不完整", "收到的文件与上传时不一致，可能在传输中损坏，请重新上传。"
    ),
    "standards.version_required": Text("缺少版本", "请先打开这条记录的最新内容，再进行修改。"),
    "standards.catalogue_standard_not_found": Text(
        "标准不存在", "目录中没有这条标准，可能已被删除，请重新查询。"
    ),
    "standards.catalogue_import_not_found": Text("导入记录不存在", "没有找到该次目录导入。"),
    "standards.ticket_not_found": Text("反馈不存在", "没有找到这条缺失标准的反馈。"),
    "standards.ticket_closed": Text("反馈已处理", "这条反馈已经处理完毕，不能再次处理。"),
    "standards.in_catalogue": Text(
        "标准已在目录中", "目录中已有 {number}，请返回查询并选择，无需反馈。"
    ),
    "standards.already_reported": Text(
        "已经反馈过", "本企业已反馈过这条标准，正在等待处理，处理结果会以站内消息通知。"
    ),
    "standards.catalogue_number_malformed": Text(
        "无法识别的标准编号", "请填写完整的标准编号，例如 GB/T 13456-2014。"
    ),
    "standards.catalogue_kind_mismatch": Text(
        "标准类别有误",
        "该编号不属于所选的标准类别，请选择正确的类别（国家、行业、地方或团体标准）。",
    ),
    "standards.date_malformed": Text("日期有误", "请按 2014-05-01 的形式填写日期。"),
    "standards.character_unreadable": Text("无法识别的字符", "含有无法识别的字符，请重新填写。"),
    "standards.complaint_not_found": Text(
        "没有找到投诉举报", "没有找到这件投诉举报，请核对编号和查询码。"
    ),
    "standards.complaint_wrong_state": Text(
        "不能这样处理", "这件投诉举报的状态已变化，请刷新后重新操作。"
    ),
    "standards.complaint_anonymous": Text("匿名投诉举报", "投诉举报人没有留下姓名和手机号码。"),
    "standards.complaint_invalid": Text("填写内容有误", _FIELDS),
    "standards.complaint_record_unknown": Text(
        "没有这条标准", "没有公开过这个记录号的标准，请核对。"
    ),
    "standards.complaint_length": Text("长度有误", "请填写 {minimum} 至 {maximum} 个字。"),
    "standards.complaint_phone_malformed": Text(
        "手机号码有误", "请填写中国大陆的 11 位手机号码，或留空匿名投诉举报。"
    ),
    "standards.complaint_identifies": Text(
        "涉及投诉举报人", "内容中含有投诉举报人的姓名或手机号码，请删去后重新提交。"
    ),
    "standards.invalid": Text("填写内容有误", _FIELDS),
    "standards.not_publishable": Text("还不能提交", "还有内容没有填写完整，请按提示补充后再提交。"),
    "standards.upload_too_large": Text("文件过大", "文件超过了 {max_bytes} 字节的上限。"),
    "standards.position_too_old": Text(
        "位置过旧", "该位置之前的事件已不再保留，请从 {oldest} 之后开始读取。"
    ),
    "standards.snapshot_not_found": Text(
        "快照不存在", "没有这份快照或这个文件，可能已过保留期，请从快照列表中另选。"
    ),
    "standards.snapshot_busy": Text("正在制作快照", "另一个进程正在制作快照，请稍后再试。"),
    "standards.position_ahead": Text(
        "位置超前",
        "公开事件目前只到位置 {newest}，请核对保存的位置；无法核对的，请从快照重新开始。",
    ),
    "standards.log_out_of_range": Text(
        "超出范围", "存证中没有这样大小的树，或其中没有该条目，请核对后再试。"
    ),
    "standards.required": Text("必填", "请填写此项。"),
    "standards.too_long": Text("过长", "最多填写 {limit} 个字符。"),
    "standards.number_malformed": Text(
        "标准编号有误", "请填写编号主体，只用字母、数字、汉字，中间可用“/”“-”“.”或空格分隔。"
    ),
    "standards.year_malformed": Text("年份有误", "请只输入年份四位数字，例如 2015。"),
    "standards.kind_fixed": Text(
        "类型不能更改", "已保存的记录不能更改标准类型，请在相应类型的页面新增。"
    ),
    "standards.prefix_unknown": Text(
        "代号有误", "没有这个标准代号，或它不属于所选的标准类型，请核对，例如 GB/T、JB/T、DB13/T。"
    ),
    "standards.catalogue_required": Text(
        "请选择标准", "国家标准的名称和编号只能从目录中选择；目录中没有的，请反馈缺少的标准。"
    ),
    "standards.catalogue_unknown": Text(
        "目录中没有", "目录的这一类标准中没有所选的标准，请重新查询并选择。"
    ),
    "standards.not_pickable": Text("请自行录入", "企业标准由企业自行录入，不从目录中选择。"),
    "standards.number_from_catalogue": Text(
        "请勿填写", "选择目录中的标准时，标准名称和标准编号以目录为准，请不要填写。"
    ),
    "standards.no_content": Text(
        "无需公开内容", "选择目录中的标准时没有公开内容，只需填写执行该标准的产品。"
    ),
    "standards.text_xor_indicators": Text(
        "只能二选一", "标准文本和技术指标是二选一的：选择了一种，就不要再填写另一种。"
    ),
    "standards.text_required": Text("缺少标准文本", "请上传 PDF 格式的标准文本。"),
    "standards.indicator_required": Text("缺少技术指标", "要求至少有一条技术指标。"),
    "standards.too_many_indicators": Text("技术指标过多", "一条标准最多填写 {limit} 条技术指标。"),
    "standards.indicator_malformed": Text("格式有误", "技术指标的这一项格式不正确。"),
    "standards.indicator_kind_unknown": Text("类型有误", "请从 {allowed} 中选择。"),
    "standards.indicator_symbol_unknown": Text("逻辑符号有误", "请从 {allowed} 中选择。"),
    "standards.indicator_symbols_contradict": Text(
        "逻辑符号矛盾", "左侧的“{left}”和右侧的“{right}”不能同时使用。"
    ),
    "standards.indicator_value_required": Text("缺少指标值", "左右两侧的指标值至少填写一侧。"),
    "standards.indicator_tolerance_malformed": Text(
        "公差有误", "请填写最多三位小数的数字，例如 0.100。"
    ),
    "standards.indicator_range_empty": Text(
        "范围有误", "没有数值能同时满足左侧的 {left} 和右侧的 {right}，请核对。"
    ),
    "standards.indicator_text_required": Text("缺少指标要求", "请填写文字内容，或上传文本。"),
    "standards.indicator_text_or_file": Text("只能二选一", "文字内容和上传的文本请只用一种。"),
    "standards.product_required": Text("缺少产品", "至少添加一条产品信息。"),
    "standards.too_many_products": Text("产品过多", "一条标准最多添加 {limit} 个产品。"),
    "standards.barcode_invalid": Text("条码有误", "产品条码的位数或校验位不正确，请核对。"),
    "standards.commitment_required": Text("未勾选企业承诺", "请阅读并勾选企业承诺后再提交。"),
    "standards.upload_not_ready": Text("文件检查中", "文件正在上传或检查，请稍候再保存。"),
    "standards.upload_unusable": Text(
        "文件不可用", "这个文件没有通过检查、已经过期或已被使用，请重新上传。"
    ),
    "standards.class_scheme_not_found": Text("分类表不存在", "没有找到这个产品分类表或版本。"),
    "standards.product_class_not_found": Text("产品分类不存在", "没有找到这个产品分类。"),
    "standards.sheet_not_found": Text("文件不存在", "没有找到上传的表格，请重新上传。"),
    "standards.sheet_unreadable": Text(
        "不能读取表格", "请使用下载的模板，保存为 XLSX 或 CSV（UTF-8 或 GB18030 编码）后重新上传。"
    ),
    "standards.sheet_too_complex": Text(
        "表格内容过多", "表格中的内容远多于产品信息，请把产品复制到新下载的模板中再上传。"
    ),
    "standards.sheet_head_missing": Text(
        "缺少表头", "表格的第一行应为模板中的表头，缺少以下列：{columns}。"
    ),
    "standards.sheet_too_large": Text("文件过大", "文件超过了 {max_bytes} 字节的上限。"),
    "standards.sheet_column_unknown": Text("未知的列", "模板中没有这一列，请删除此列或改正表头。"),
    "standards.sheet_column_twice": Text("列重复", "表头中此列出现了两次，请删除其中一列。"),
    "standards.sheet_cell_changed": Text(
        "单元格内容被改变",
        "表格软件把此处改成了日期或近似的数字，请把单元格设为“文本”格式后重新填写。",
    ),
}
