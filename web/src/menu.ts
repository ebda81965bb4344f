/** What the menu of the console leads to, for the person who is logged in. */
import { computed } from 'vue'

import { entryPath, KINDS, listPath, type Kind } from '@/names'
import { isOwner, isWriter } from '@/rights'
import { isStaff } from '@/session'

export interface MenuGroup {
  name: string
  items: { path: string; label: string }[]
}

const ORDER: readonly Kind[] = ['ENTERPRISE', 'NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP']

export const menu = computed<MenuGroup[]>(() => {
  const account = { name: '账户', items: [{ path: '/profile', label: '用户管理' }, { path: '/messages', label: '消息' }, { path: '/sessions', label: '登录与注销' }] }
  if (isStaff.value) return [account]
  const lists = { name: '企业产品标准公开列表', items: ORDER.map((kind) => ({ path: listPath(kind), label: `本企业使用的${KINDS[kind]}` })) }
  const enterprise = {
    name: '企业',
    items: [
      { path: '/declarations/reviews', label: '复核提醒' },
      { path: '/missing-standards', label: '标准目录反馈' },
      { path: '/team', label: '成员' },
      ...(isOwner.value ? [{ path: '/machine-keys', label: '接口密钥' }, { path: '/export', label: '数据导出' }] : []),
      { path: '/audit', label: '操作记录' },
    ],
  }
  const entries = { name: '企业产品标准公开', items: ORDER.map((kind) => ({ path: entryPath(kind), label: `${KINDS[kind]}录入` })) }
  return [...(isWriter.value ? [entries] : []), lists, enterprise, account]
})

/** Where a person begins: at the entry of an enterprise standard, who may not write at the list (手册 3.1). */
export function homePath(): string {
  if (isStaff.value) return '/profile'
  return isWriter.value ? entryPath('ENTERPRISE') : listPath('ENTERPRISE')
}
