import type { components } from './schema'

export type ProblemDocument = components['schemas']['Problem']
export type FieldProblem = components['schemas']['FieldProblem']

/** A refusal of the server, in the words it found for the person (RFC 9457). */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly traceId: string
  readonly params: Record<string, unknown>
  readonly fields: FieldProblem[]
  /** Seconds after which another try makes sense; 0 where none is named. */
  readonly retryAfter: number

  constructor(document: Partial<ProblemDocument>, status: number, retryAfter = 0) {
    super(document.detail || document.title || '操作没有完成，请稍后再试。')
    this.status = status
    this.code = document.code ?? ''
    this.title = document.title ?? ''
    this.traceId = document.trace_id ?? ''
    this.params = document.params ?? {}
    this.fields = document.errors ?? []
    this.retryAfter = retryAfter
  }
}

/** Return the refusal that a response carries; whatever came, it can be shown. */
export function problemOf(response: Response, content: unknown): Problem {
  const retryAfter = Number(response.headers.get('Retry-After')) || 0
  if (typeof content === 'object' && content !== null)
    return new Problem(content as Partial<ProblemDocument>, response.status, retryAfter)
  const detail = response.status >= 500 ? '系统暂时无法处理，请稍后再试。' : undefined
  return new Problem({ detail }, response.status, retryAfter)
}

/** Return any failure as a refusal: without a connection there is no answer to read. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TypeError)
    return new Problem({ code: 'web.unreachable', detail: '网络不通，请检查网络后重试；已填写的内容不会丢失。' }, 0)
  throw error
}

/** The field a pointer leads to, as pages name it: "/products/0/name" → "products.0.name". */
export function fieldOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
}
