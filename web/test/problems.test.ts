import { describe, expect, it } from 'vitest'

import { asProblem, fieldOf, Problem, problemOf } from '../src/api/problems'
import { placesOf } from '../src/form'

describe('fieldOf', () => {
  it('names the box a pointer leads to', () => {
    expect(fieldOf('/products/0/name')).toBe('products.0.name')
    expect(fieldOf('/a~1b/c~0d')).toBe('a/b.c~d')
  })
})

describe('problemOf', () => {
  const answer = (status: number, headers: Record<string, string> = {}) => new Response(null, { status, headers })

  it('keeps what the server said, and when to try again', () => {
    const document = { detail: '验证码错误', code: 'accounts.code_wrong', trace_id: 't1', errors: [{ pointer: '/code', code: 'x', detail: '错误' }] }
    const problem = problemOf(answer(429, { 'Retry-After': '60' }), document)

    expect(problem).toMatchObject({ message: '验证码错误', code: 'accounts.code_wrong', traceId: 't1', retryAfter: 60, status: 429 })
    expect(problem.fields).toEqual(document.errors)
  })

  it('has words for an answer that is no problem document', () => {
    expect(problemOf(answer(502), '<html>').message).toContain('系统暂时无法处理')
    expect(problemOf(answer(404), undefined).message).not.toBe('')
  })
})

describe('placesOf', () => {
  const wrong = new Problem({ code: 'accounts.password_wrong', detail: '密码错误' }, 422)

  it('finds the field of a refusal that names none', () => {
    expect(placesOf(wrong, ['password'])).toEqual([{ pointer: '/password', code: 'accounts.password_wrong', detail: '密码错误' }])
    expect(placesOf(wrong, ['old_password', 'password'])[0]?.pointer).toBe('/old_password')
  })

  it('leaves to the whole form what no field of it is about', () => {
    expect(placesOf(wrong, ['phone'])).toEqual([])
    expect(placesOf(new Problem({ code: 'accounts.login_failed' }, 401), ['password'])).toEqual([])
  })
})

describe('asProblem', () => {
  it('tells a person that there is no connection', () => {
    expect(asProblem(new TypeError('fetch failed')).message).toContain('网络不通')
  })

  it('does not hide what is a fault of ours', () => {
    expect(() => asProblem(new RangeError('x'))).toThrow(RangeError)
    const problem = new Problem({}, 400)
    expect(asProblem(problem)).toBe(problem)
  })
})
