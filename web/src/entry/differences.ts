/** Where two states of one entry differ, in words: what a person typed and what somebody else saved meanwhile. */
import type { Kind } from '@/names'
import { numberText, titleText, type Entry } from './entry'
import { previewOf } from './preview'

export interface Difference {
  what: string
  mine: string
  theirs: string
}

const SUBJECTS = { PRODUCT: '产品', SERVICE: '服务' }

function contentWords(entry: Entry): string {
  if (!entry.isTyped) return '（选择的标准，不公示内容）'
  if (entry.mode === 'FULL_TEXT') return entry.text ? `公示标准文本：${entry.text.file_name}` : '公示标准文本：（未上传）'
  const rows = entry.indicators.map((one) => previewOf(one.name ?? '', one.requirement) || one.name || '（空）')
  return `填报指标 ${rows.length} 条：${rows.join('；')}`
}

function productWords(entry: Entry): string {
  const names = entry.products.slice(0, 10).map((product) => [product.name, product.specification, product.model].filter(Boolean).join(' '))
  return `${entry.products.length} 个${names.length ? `：${names.join('、')}` : ''}${entry.products.length > 10 ? '…' : ''}`
}

export function differencesOf(kind: Kind, mine: Entry, theirs: Entry): Difference[] {
  const rows: [string, (entry: Entry) => string, (entry: Entry) => unknown][] = [
    ['标准编号', (entry) => numberText(kind, entry) || '（空）', (entry) => numberText(kind, entry)],
    ['标准名称', (entry) => titleText(entry) || '（空）', titleText],
    ['标准对象', (entry) => SUBJECTS[entry.subject], (entry) => entry.subject],
    ['公开内容', contentWords, (entry) => [entry.isTyped, entry.mode, entry.text?.upload_id, entry.indicators.map(({ preview: _, ...said }) => said)]],
    ['产品', productWords, (entry) => entry.products],
    ['明示内容', (entry) => entry.disclosure.deviation_statement || '（见页面）', (entry) => entry.disclosure],
  ]
  return rows
    .filter(([, , said]) => JSON.stringify(said(mine)) !== JSON.stringify(said(theirs)))
    .map(([what, words]) => ({ what, mine: words(mine), theirs: words(theirs) }))
}

/** Who saved what is stored now; empty while the log does not tell it yet, which takes up to a minute. */
export function saverOf(updatedAt: string, deeds: readonly { recorded_at: string; actor: string; action: string }[]): string {
  const saved = new Date(updatedAt).getTime()
  const isIt = (deed: { recorded_at: string; action: string }) =>
    deed.action === 'declaration.saved' && Math.abs(new Date(deed.recorded_at).getTime() - saved) < 2000
  return [...deeds].reverse().find(isIt)?.actor ?? ''
}
