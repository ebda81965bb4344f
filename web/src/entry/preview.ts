/** An indicator's requirement in words, while it is typed; what is stored is composed by the server.
 * Both are tested by the same cases: tests/data/preview_cases.json. */
import type { components } from '@/api/schema'

type Requirement = components['schemas']['RequirementInput']
type Bound = components['schemas']['BoundInput']

export const SYMBOLS = ['<', '<=', '>', '>=', '='] as const

const SAME_SYMBOL: Record<string, string> = { '≤': '<=', '≦': '<=', '⩽': '<=', '=<': '<=', '≥': '>=', '≧': '>=', '⩾': '>=', '=>': '>=', '==': '=' }

/** Full width letters and signs as narrow ones, without blanks. */
function fold(text: string | undefined): string {
  return (text ?? '').normalize('NFKC').replace(/\s+/g, '')
}

function oneLine(text: string | undefined): string {
  return (text ?? '').trim().replace(/\s+/g, ' ')
}

/** A tolerance with three decimals and without sign; empty where none is typed, null where it is no number. */
export function toleranceOf(typed: string | undefined, refused: '+' | '-'): string | null {
  const plain = fold(typed)
  if (plain === '') return ''
  const match = /^([+-]?)(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})$/.exec(plain)
  if (match === null || match[1] === refused) return null
  const [whole = '', decimals = ''] = match[2]!.split('.')
  // More than three decimals are lost only where they are noughts.
  if (/[1-9]/.test(decimals.slice(3))) return null
  return `${whole.replace(/^0+(?=\d)/, '') || '0'}.${decimals.slice(0, 3).padEnd(3, '0')}`
}

function valueOf(bound: Bound): string {
  const main = oneLine(bound.main)
  const upper = toleranceOf(bound.upper_tolerance, '-') || '0.000'
  const lower = toleranceOf(bound.lower_tolerance, '+') || '0.000'
  return upper === '0.000' && lower === '0.000' ? main : `${main}(+${upper},-${lower})`
}

function symbolOf(bound: Bound): string {
  const typed = fold(bound.symbol)
  return SAME_SYMBOL[typed] ?? typed
}

function isSaying(bound: Bound | null | undefined): bound is Bound {
  return oneLine(bound?.main) !== '' && symbolOf(bound!) !== ''
}

export function previewOf(indicatorName: string, requirement: Requirement | null | undefined): string {
  if (!requirement) return ''
  if (requirement.kind === 'TEXT') return requirement.file?.file_name || (requirement.content ?? '').trim()
  const name = oneLine(requirement.name) || oneLine(indicatorName)
  const unit = oneLine(requirement.unit)
  const { left, right } = requirement
  // The unit stands once, after the last value.
  const before = isSaying(left) ? `${valueOf(left)}${isSaying(right) ? '' : unit} ${symbolOf(left)} ` : ''
  const after = isSaying(right) ? ` ${symbolOf(right)} ${valueOf(right)}${unit}` : ''
  return before + name + after
}

export function methodWords(method: components['schemas']['MethodInput'] | null | undefined): string {
  if (!method) return ''
  if (method.kind !== 'CATALOGUE') return method.content ?? ''
  return method.title ? `${method.number}《${method.title}》` : (method.number ?? '')
}
