/** What the codes of the API are called on screens (the same words as gateway/labels.py). */
export type Kind = 'NATIONAL' | 'INDUSTRY' | 'LOCAL' | 'ENTERPRISE' | 'GROUP'
export type Action = 'VIEW' | 'EDIT' | 'SUBMIT' | 'DELETE' | 'CORRECT' | 'ADD_PRODUCTS' | 'REVISE' | 'WITHDRAW'

export const KINDS: Record<Kind, string> = {
  NATIONAL: '国家标准', INDUSTRY: '行业标准', LOCAL: '地方标准', ENTERPRISE: '企业标准', GROUP: '团体标准',
}
export const STATES: Record<string, string> = { PUBLISHED: '现行', WITHDRAWN: '废止', DRAFT: '未公开' }
export const MODES: Record<string, string> = { NONE: '执行已发布的标准', FULL_TEXT: '标准文本', INDICATORS: '技术指标' }
export const SUBJECTS: Record<string, string> = { PRODUCT: '产品', SERVICE: '服务' }
export const DEVIATIONS: Record<string, string> = { FEWER: '少于', LOWER: '低于', FEWER_AND_LOWER: '少于并低于' }
export const WITHDRAWAL_REASONS: Record<string, string> = {
  REPLACED: '已被其他标准代替', NOT_IN_USE: '不再执行该标准', FILED_IN_ERROR: '填报有误', PRODUCT_DISCONTINUED: '产品停产', OTHER: '其他',
}
export const CHANGES: Record<string, string> = { PUBLISHED: '公开', CORRECTED: '修改', PRODUCTS_ADDED: '关联产品' }
export const ROLES: Record<string, string> = { OWNER: '企业管理员', FILER: '填报人', VIEWER: '查看人' }
export const SCOPES: Record<string, string> = {
  'declarations:read': '读取本企业的标准', 'events:read': '读取变更事件', 'public:read': '读取公开的标准', 'webhooks:manage': '管理事件推送',
}

/** The kind an address names, such as /declarations/enterprise. */
export function kindOf(segment: string): Kind {
  return segment.toUpperCase() as Kind
}

export function entryPath(kind: string): string {
  return `/declarations/new/${kind.toLowerCase()}`
}

export function listPath(kind: string): string {
  return `/declarations/${kind.toLowerCase()}`
}

export const MARKS: Record<string, string> = {
  ENTERPRISE_DEREGISTERED: '企业已注销', ENTERPRISE_CHANGED: '企业信息有变更', IN_USE_CONFIRMED: '确认继续使用', REVIEW_UNANSWERED: '未确认是否继续使用',
  STANDARD_SUPERSEDED: '所执行的标准已被代替', STANDARD_WITHDRAWN: '所执行的标准已废止', CITED_STANDARD_OVER: '所引用的标准已被代替或废止',
}
