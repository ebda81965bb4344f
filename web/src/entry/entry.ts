/** What an entry page holds, how it is read from a declaration and how it is sent (docs/api/declarations.md). */
import type { components } from '@/api/schema'
import type { Kind } from '@/names'

type Schemas = components['schemas']
export type Product = Schemas['Product']
export type Indicator = Schemas['IndicatorInput']
export type Requirement = Schemas['RequirementInput']
export type Method = Schemas['MethodInput']
export type Declaration = Schemas['Declaration']
export type Disclosure = Required<Schemas['DisclosureInput']>
export type Mode = 'FULL_TEXT' | 'INDICATORS'

/** A standard of the catalogue, as much of it as is kept. */
export interface Pick {
  catalogue_id: string
  number: string
  title: string
}

export interface Text {
  upload_id: string
  file_name: string
  size: number
}

export interface Entry {
  /** 自行录入, instead of 选择. */
  isTyped: boolean
  pick: Pick | null
  number: { prefix: string; body: string; year: string }
  title: string
  subject: 'PRODUCT' | 'SERVICE'
  mode: Mode
  text: Text | null
  indicators: Indicator[]
  products: Product[]
  disclosure: Disclosure
}

export const canPick = (kind: Kind): boolean => kind !== 'ENTERPRISE'
export const canType = (kind: Kind): boolean => kind !== 'NATIONAL'

export function emptyEntry(kind: Kind): Entry {
  return {
    isTyped: !canPick(kind),
    pick: null,
    number: { prefix: '', body: '', year: '' },
    title: '',
    subject: 'PRODUCT',
    mode: 'FULL_TEXT',
    text: null,
    indicators: [],
    products: [],
    disclosure: {
      deviation: 'NONE', recommended_number: '', deviation_statement: '', commissioned_producer: '', commissioned_producer_code: '',
      joint_parties: [], other_channel: '',
    },
  }
}

export function entryOf(said: Declaration): Entry {
  const kind = said.kind as Kind
  const isPicked = said.catalogue_id !== null && said.catalogue_id !== undefined
  const text = said.text
  return {
    isTyped: !isPicked,
    pick: isPicked ? { catalogue_id: said.catalogue_id!, number: said.number_text, title: said.title } : null,
    number: isPicked ? { prefix: '', body: '', year: '' } : { ...said.number, prefix: kind === 'ENTERPRISE' ? '' : said.number.prefix },
    title: isPicked ? '' : said.title,
    subject: said.subject as Entry['subject'],
    mode: said.disclosure_mode === 'INDICATORS' ? 'INDICATORS' : 'FULL_TEXT',
    text: text?.upload_id ? { upload_id: text.upload_id, file_name: text.file_name, size: text.size } : null,
    // What comes out of a reactive page has to be plain to be copied.
    indicators: plain(said.indicators),
    products: plain(said.products),
    disclosure: { ...emptyEntry(kind).disclosure, ...plain(said.disclosure) },
  }
}

export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

export function isBlankIndicator(one: Indicator): boolean {
  return !one.name?.trim() && !one.requirement && !one.test_method && !one.level_note?.trim()
}

/** The body of a request: of a picked standard neither number nor content, of a typed one one kind of content. */
export function bodyOf(kind: Kind, entry: Entry): Schemas['DraftInput'] {
  const common = { kind, subject: entry.subject, products: entry.products, disclosure: entry.disclosure }
  if (!entry.isTyped)
    return { ...common, catalogue_id: entry.pick?.catalogue_id ?? null, disclosure_mode: 'NONE', upload_id: null, indicators: [] }
  const isText = entry.mode === 'FULL_TEXT'
  return {
    ...common,
    catalogue_id: null,
    number: entry.number,
    title: entry.title,
    disclosure_mode: entry.mode,
    upload_id: isText ? (entry.text?.upload_id ?? null) : null,
    indicators: isText ? [] : entry.indicators,
  }
}

/** The number as the boxes compose it: DB13/T 1-2020, DB11/1023-2013, Q/ABC 001-2026. */
export function numberText(kind: Kind, entry: Entry): string {
  if (!entry.isTyped) return entry.pick?.number ?? ''
  const { body, year } = entry.number
  const prefix = kind === 'ENTERPRISE' ? 'Q' : entry.number.prefix.trim()
  if (!body.trim() && !year.trim()) return ''
  const joint = kind === 'ENTERPRISE' || (kind === 'LOCAL' && /\d$/.test(prefix)) ? '/' : ' '
  return `${prefix}${joint}${body.trim()}-${year.trim()}`
}

export function titleText(entry: Entry): string {
  return (entry.isTyped ? entry.title : entry.pick?.title) ?? ''
}

/** The commitment with the names it is about; what is not there yet is left open. */
export function commitmentText(template: Schemas['CommitmentTemplate'], number: string, title: string): string {
  const names: Record<string, string> = { enterprise: template.enterprise, number: number || '（标准编号）', title: title.trim() || '（标准名称）' }
  return template.text.replace(/\{(enterprise|number|title)\}/g, (_whole, name: string) => names[name]!)
}

/** What a switch between 公示标准文本 and 填报指标 would throw away, in words; empty where nothing is lost. */
export function lostBySwitch(entry: Entry): string {
  if (entry.mode === 'FULL_TEXT') return entry.text ? `已上传的标准文本“${entry.text.file_name}”` : ''
  const rows = entry.indicators.filter((one) => !isBlankIndicator(one)).length
  return rows > 0 ? `已填写的 ${rows} 条技术指标` : ''
}
