import { describe, expect, it } from 'vitest'

import { secondsUntil, wordsOf } from '../src/countdown'
import { deviceOf } from '../src/devices'
import { choicesOf, pathOf } from '../src/pages/console/declarations/actions'
import { filterOf, pageOf, queryOf } from '../src/pages/console/declarations/filter'

const row = (...allowed_actions: string[]) => ({ declaration_id: 'd1', number: 'Q/A 1-2026', title: '杯', allowed_actions })
const labels = (...args: Parameters<typeof choicesOf>) => choicesOf(...args).map((choice) => choice.label)

describe('choicesOf', () => {
  it('has the buttons of the manual', () => {
    expect(labels('ENTERPRISE', false, true, [])).toEqual(['查看', '关联产品', '修订', '修改', '废止'])
    expect(labels('ENTERPRISE', true, true, [])).toEqual(['查看', '修改', '删除'])
  })

  it('revises and withdraws enterprise standards only, unless the server opens more', () => {
    expect(labels('NATIONAL', false, true, [row('VIEW')])).toEqual(['查看', '关联产品', '修改'])
    expect(labels('LOCAL', false, true, [row('VIEW', 'WITHDRAW')])).toEqual(['查看', '关联产品', '修改', '废止'])
  })

  it('lets a reader only look', () => {
    expect(labels('ENTERPRISE', false, false, [row('VIEW', 'REVISE')])).toEqual(['查看'])
  })
})

describe('pathOf', () => {
  it('knows the pages of the editor and none for what is asked about first', () => {
    expect(pathOf('EDIT', 'd1')).toBe('/declarations/d1/edit')
    expect(pathOf('CORRECT', 'd1')).toBe('/declarations/d1/correct')
    expect(pathOf('WITHDRAW', 'd1')).toBeNull()
  })
})

describe('an address', () => {
  it('keeps what is looked for and where one is', () => {
    const filter = filterOf({ title: '杯', number: ['a', 'b'], page: '2' })

    expect(filter).toEqual({ title: '杯', number: '', product_name: '', barcode: '' })
    expect(queryOf({ ...filter, barcode: '  ' }, { page: 2, draft_page: 1 })).toEqual({ title: '杯', page: '2' })
  })

  it('may be typed by anybody', () => {
    expect(['3', '0', '-1', '1.5', 'x', '1001'].map((page) => pageOf({ page }, 'page'))).toEqual([3, 1, 1, 1, 1, 1])
    expect(pageOf({}, 'page')).toBe(1)
  })
})

describe('a countdown', () => {
  it('is told in words', () => {
    expect([86_399, 3_600, 3_599, 59, 0].map(wordsOf)).toEqual(['23 小时 59 分', '1 小时 0 分', '59 分 59 秒', '59 秒', '0 秒'])
  })

  it('ends at its moment', () => {
    const moment = '2026-11-28T02:00:00Z'
    expect(secondsUntil(moment, Date.parse('2026-11-28T01:59:58.500Z'))).toBe(1)
    expect(secondsUntil(moment, Date.parse('2026-11-28T03:00:00Z'))).toBe(0)
  })
})

describe('deviceOf', () => {
  it('names browser and system', () => {
    expect(deviceOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0 Safari/537.36')).toBe('Chrome，Linux')
    expect(deviceOf('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0')).toBe('Edge，Windows')
    expect(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1')).toBe('Safari，iOS')
  })

  it('takes what it does not know as it is', () => {
    expect(deviceOf('python-requests/2.32')).toBe('python-requests/2.32')
    expect(deviceOf(undefined)).toBe('未知设备')
  })
})
