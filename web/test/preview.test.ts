import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { methodWords, previewOf, toleranceOf } from '../src/entry/preview'

const file = new URL('../../tests/data/preview_cases.json', import.meta.url)
const cases = JSON.parse(readFileSync(file, 'utf-8')) as { what: string; name: string; requirement: never; preview: string }[]

describe('previewOf', () => {
  // The server's formatter is tested by the same cases.
  it.each(cases)('is that of the case: $what', ({ name, requirement, preview }) => {
    expect(previewOf(name, requirement)).toBe(preview)
  })

  it('says nothing of nothing', () => {
    expect(previewOf('浓度', null)).toBe('')
    expect(previewOf('浓度', { kind: 'NUMERIC', left: null, right: null })).toBe('浓度')
  })
})

describe('toleranceOf', () => {
  it.each([['0.1', '0.100'], ['007', '7.000'], ['.5', '0.500'], ['1.2340', '1.234'], ['', '']])('reads %s', (typed, read) => {
    expect(toleranceOf(typed, '-')).toBe(read)
  })

  it.each(['0.1234', 'a', '-1', '1,5', '1e3'])('does not read %s', (typed) => {
    expect(toleranceOf(typed, '-')).toBeNull()
  })
})

describe('methodWords', () => {
  it('names a standard with its title', () => {
    expect(methodWords({ kind: 'CATALOGUE', number: 'GB/T 1-2020', title: '导则' })).toBe('GB/T 1-2020《导则》')
    expect(methodWords({ kind: 'CATALOGUE', number: 'GB/T 1-2020', title: '' })).toBe('GB/T 1-2020')
    expect(methodWords({ kind: 'CUSTOM', content: '称重' })).toBe('称重')
    expect(methodWords(null)).toBe('')
  })
})
