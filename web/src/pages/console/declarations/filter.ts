/** What is looked for in a list and where one is in it, as the address keeps it: it is there again on the way back. */
import type { LocationQuery } from 'vue-router'

export const BOXES = [
  { name: 'title', label: '标准名称' },
  { name: 'number', label: '标准编号' },
  { name: 'product_name', label: '产品名称' },
  { name: 'barcode', label: '产品条码' },
] as const

export type Filter = Record<(typeof BOXES)[number]['name'], string>

function textOf(query: LocationQuery, name: string): string {
  const value = query[name]
  return typeof value === 'string' ? value.slice(0, 200) : ''
}

export function filterOf(query: LocationQuery): Filter {
  return Object.fromEntries(BOXES.map(({ name }) => [name, textOf(query, name)])) as Filter
}

export function pageOf(query: LocationQuery, name: string): number {
  const page = Number(textOf(query, name))
  return Number.isInteger(page) && page >= 1 && page <= 1000 ? page : 1
}

/** Return what an address keeps: only what is not as at the beginning. */
export function queryOf(filter: Filter, pages: Record<string, number> = {}): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const { name } of BOXES) if (filter[name].trim()) kept[name] = filter[name].trim()
  for (const [name, page] of Object.entries(pages)) if (page > 1) kept[name] = String(page)
  return kept
}
