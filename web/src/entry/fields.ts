/** What fields are called on the page, by their names in a refusal. */
const NAMES: Record<string, string> = {
  catalogue_id: '选择标准', title: '标准名称', 'number.prefix': '标准编号：代号', 'number.body': '标准编号', 'number.year': '标准编号：年份', number: '标准编号',
  subject: '标准对象', disclosure_mode: '公开内容', upload_id: '上传文本', indicators: '技术指标', products: '产品', is_committed: '企业承诺',
  name: '产品名称', generic_name: '产品通用名', barcode: '产品条码', brand: '产品品牌', specification: '产品规格', model: '产品型号', class_code: '产品分类',
  'indicator.name': '指标名称', category: '技术指标分类', condition: '适用条件', requirement: '指标要求', test_method: '测试方法', level_note: '指标水平说明',
  'disclosure.deviation': '与推荐性标准相比', 'disclosure.recommended_number': '推荐性标准编号', 'disclosure.deviation_statement': '明示内容',
  'disclosure.commissioned_producer': '受委托生产企业', 'disclosure.commissioned_producer_code': '受委托生产企业代码',
  'disclosure.joint_parties': '联合制定单位', 'disclosure.other_channel': '其他公开渠道',
}

/** "products.2.model" → 第 3 个产品：产品型号; empty where the page has no such field. */
export function fieldWords(field: string): string {
  const [table, row, ...rest] = field.split('.')
  if (table === 'products' && row !== undefined) return wordsOf(`第 ${Number(row) + 1} 个产品`, NAMES[rest[0] ?? ''])
  if (table === 'indicators' && row !== undefined) {
    const column = rest[0] === 'name' ? 'indicator.name' : (rest[0] ?? '')
    return wordsOf(`第 ${Number(row) + 1} 条技术指标`, NAMES[column])
  }
  return NAMES[field] ?? NAMES[field.split('.').slice(0, 2).join('.')] ?? NAMES[table ?? ''] ?? ''
}

function wordsOf(row: string, column: string | undefined): string {
  return column === undefined ? row : `${row}：${column}`
}

/** Tell whether a refusal's field is one of an entry page, so that it is shown there. */
export function isEntryField(field: string): boolean {
  return fieldWords(field) !== ''
}
