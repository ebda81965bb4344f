import { describe, expect, it } from 'vitest'

import { copyName, dropOldCopies, keepCopy, readCopy } from '../src/entry/copies'
import { differencesOf, saverOf } from '../src/entry/differences'
import { bodyOf, commitmentText, emptyEntry, entryOf, lostBySwitch, numberText, type Declaration } from '../src/entry/entry'
import { fieldWords } from '../src/entry/fields'
import { placesFor } from '../src/entry/places'

const METHOD = { kind: 'CUSTOM', content: '称重' }
const INDICATOR = { name: '浓度', requirement: { kind: 'TEXT', content: '无' }, test_method: METHOD }

function declaration(changes: Partial<Declaration>): Declaration {
  return {
    declaration_id: 'd', kind: 'ENTERPRISE', state: 'DRAFT', version: 3, number: { prefix: 'Q', body: 'ABC 001', year: '2026' },
    number_text: 'Q/ABC 001-2026', title: '杯', catalogue_id: null, subject: 'PRODUCT', disclosure_mode: 'FULL_TEXT',
    text: { upload_id: 'u', file_name: 'a.pdf', size: 7, sha256: 's', pages: 1 }, indicators: [], products: [{ name: '杯' }],
    disclosure: {}, updated_at: '', allowed_actions: [], ...changes,
  } as Declaration
}

describe('an entry', () => {
  it('comes back from a declaration as it is sent', () => {
    const body = bodyOf('ENTERPRISE', entryOf(declaration({})))

    expect(body).toMatchObject({ kind: 'ENTERPRISE', number: { prefix: '', body: 'ABC 001', year: '2026' }, title: '杯', upload_id: 'u', indicators: [] })
    expect(body.catalogue_id).toBeNull()
  })

  it('of a picked standard has neither number nor content', () => {
    const entry = entryOf(declaration({ kind: 'NATIONAL', catalogue_id: 'c', disclosure_mode: 'NONE', text: null }))

    expect(entry.pick).toEqual({ catalogue_id: 'c', number: 'Q/ABC 001-2026', title: '杯' })
    const body = bodyOf('NATIONAL', entry)
    expect(body).toMatchObject({ catalogue_id: 'c', disclosure_mode: 'NONE', upload_id: null, indicators: [] })
    expect(body.number).toBeUndefined()
    expect(body.title).toBeUndefined()
  })

  it('sends text or indicators, never both', () => {
    const entry = { ...entryOf(declaration({})), indicators: [INDICATOR] }

    expect(bodyOf('ENTERPRISE', entry)).toMatchObject({ upload_id: 'u', indicators: [] })
    expect(bodyOf('ENTERPRISE', { ...entry, mode: 'INDICATORS' })).toMatchObject({ upload_id: null, indicators: [INDICATOR] })
  })

  it.each([
    ['ENTERPRISE', '', 'Q/07866/02011-2014', '07866/02011', '2014'],
    ['LOCAL', 'DB13/T', 'DB13/T 12-2020', '12', '2020'],
    ['LOCAL', 'DB11', 'DB11/1023-2013', '1023', '2013'],
    ['GROUP', 'T/ZZB', 'T/ZZB 1-2020', '1', '2020'],
    ['INDUSTRY', 'JB/T', '', '', ''],
  ] as const)('has a number of %s %s', (kind, prefix, text, body, year) => {
    expect(numberText(kind, { ...emptyEntry(kind), isTyped: true, number: { prefix, body, year } })).toBe(text)
  })

  it('says what a switch would throw away', () => {
    const entry = emptyEntry('ENTERPRISE')
    expect(lostBySwitch(entry)).toBe('')
    expect(lostBySwitch({ ...entry, text: { upload_id: 'u', file_name: 'a.pdf', size: 1 } })).toContain('a.pdf')
    expect(lostBySwitch({ ...entry, mode: 'INDICATORS', indicators: [{}, INDICATOR] })).toContain('1 条')
  })
})

describe('commitmentText', () => {
  const template = { template_version: 'own-1', enterprise: '甲{title}公司', text: '我单位（{enterprise}）：{number}《{title}》' }

  it('puts names in once, whatever they hold', () => {
    expect(commitmentText(template, 'Q/1-2026', '$& 杯{number}')).toBe('我单位（甲{title}公司）：Q/1-2026《$& 杯{number}》')
  })

  it('leaves open what is not typed yet', () => {
    expect(commitmentText(template, '', ' ')).toContain('（标准编号）《（标准名称）》')
  })
})

class Shelf {
  private readonly kept = new Map<string, string>()
  constructor(private readonly room = Infinity) {}
  get length(): number { return this.kept.size }
  clear(): void { this.kept.clear() }
  key(place: number): string | null { return [...this.kept.keys()][place] ?? null }
  getItem(name: string): string | null { return this.kept.get(name) ?? null }
  removeItem(name: string): void { this.kept.delete(name) }
  setItem(name: string, value: string): void {
    if (value.length > this.room) throw new Error('QuotaExceededError')
    this.kept.set(name, value)
  }
}

describe('a copy', () => {
  const entry = emptyEntry('ENTERPRISE')
  const name = copyName('e', 'new.ENTERPRISE')
  const day = 24 * 3600 * 1000

  it('is there until it is old', () => {
    const shelf = new Shelf()
    keepCopy(shelf, name, { version: 2, keptAt: 0, entry })
    shelf.setItem('someone.else', '1')

    expect(readCopy(shelf, name, day)).toMatchObject({ version: 2, entry })
    dropOldCopies(shelf, day)
    expect(shelf.length).toBe(2)
    dropOldCopies(shelf, 40 * day)
    expect(shelf.length).toBe(1)
  })

  it('that can not be read is none, and a full store is no fault', () => {
    const shelf = new Shelf(20)
    shelf.setItem(name, '{')
    expect(readCopy(shelf, name, 0)).toBeNull()
    expect(keepCopy(shelf, name, { version: null, keptAt: 0, entry })).toBe(false)
  })
})

describe('differencesOf', () => {
  const entry = entryOf(declaration({}))

  it('names what is not the same, and only that', () => {
    expect(differencesOf('ENTERPRISE', entry, entryOf(declaration({})))).toEqual([])
    const theirs = { ...entry, title: '壶', products: [{ name: '杯', model: 'B' }, { name: '盖' }], mode: 'INDICATORS' as const, text: null, indicators: [INDICATOR] }
    expect(differencesOf('ENTERPRISE', entry, theirs)).toEqual([
      { what: '标准名称', mine: '杯', theirs: '壶' },
      { what: '公开内容', mine: '公示标准文本：a.pdf', theirs: '填报指标 1 条：无' },
      { what: '产品', mine: '1 个：杯', theirs: '2 个：杯 B、盖' },
    ])
  })
})

describe('saverOf', () => {
  const deed = (recorded_at: string, actor: string, action = 'declaration.saved') => ({ recorded_at, actor, action })

  it('is who saved at that moment, not who saved before', () => {
    const deeds = [deed('2026-11-28T02:00:00Z', 'user:a'), deed('2026-11-28T02:05:00.5Z', 'user:b')]
    expect(saverOf('2026-11-28T02:05:00Z', deeds)).toBe('user:b')
    expect(saverOf('2026-11-28T02:06:00Z', deeds)).toBe('')
  })
})

describe('fieldWords', () => {
  it.each([
    ['products.2.model', '第 3 个产品：产品型号'], ['indicators.0.requirement.left.main', '第 1 条技术指标：指标要求'],
    ['number.year', '标准编号：年份'], ['disclosure.deviation', '与推荐性标准相比'], ['products', '产品'], ['no_such', ''],
  ])('%s', (field, words) => {
    expect(fieldWords(field)).toBe(words)
  })
})

describe('placesFor', () => {
  it('goes from the field to its table', () => {
    expect(placesFor('products.0.name')).toEqual(['products.0.name', 'products.0', 'products'])
  })
})
