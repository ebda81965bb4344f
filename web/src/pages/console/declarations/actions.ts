/** The buttons of a list and of a declaration's own page (手册 5): which there are, and where each leads. */
import type { Action, Kind } from '@/names'

export interface Target {
  declaration_id: string
  number: string
  title: string
  allowed_actions: string[]
}

export interface Choice {
  action: Action
  label: string
}

const PUBLISHED: readonly Choice[] = [
  { action: 'VIEW', label: '查看' },
  { action: 'ADD_PRODUCTS', label: '关联产品' },
  { action: 'REVISE', label: '修订' },
  { action: 'CORRECT', label: '修改' },
  { action: 'WITHDRAW', label: '废止' },
]
const DRAFT: readonly Choice[] = [
  { action: 'VIEW', label: '查看' },
  { action: 'EDIT', label: '修改' },
  { action: 'DELETE', label: '删除' },
]

/** Return the buttons of a table: those of the manual, and for readers only 查看. */
export function choicesOf(kind: Kind, isDraft: boolean, isWriter: boolean, rows: readonly Target[]): Choice[] {
  const isOpen = (action: Action) => rows.some((row) => row.allowed_actions.includes(action))
  return (isDraft ? DRAFT : PUBLISHED).filter(({ action }) => {
    if (action === 'VIEW') return true
    if (!isWriter) return false
    // Only enterprise standards are revised and withdrawn (手册 5.3.2, 5.5.2), unless the server opens it.
    return kind === 'ENTERPRISE' || (action !== 'REVISE' && action !== 'WITHDRAW') || isOpen(action)
  })
}

/** Return the address of an action that has a page of its own. */
export function pathOf(action: Action, id: string): string | null {
  const paths: Partial<Record<Action, string>> = {
    VIEW: `/declarations/view/${id}`,
    ADD_PRODUCTS: `/declarations/${id}/products`,
    CORRECT: `/declarations/${id}/correct`,
    EDIT: `/declarations/${id}/edit`,
  }
  return paths[action] ?? null
}
