/** What was typed and not saved yet, kept in this browser until it is (no account data is among it). */
import type { Entry } from './entry'

export interface Copy {
  /** The version of the draft it was typed over; null of a new one. */
  version: number | null
  keptAt: number
  entry: Entry
}

const PREFIX = 'qibiao.entry.'
const MAX_AGE = 30 * 24 * 3600 * 1000

/** The name under which a page keeps its copy: of one enterprise, of one draft or of a new one of a kind. */
export function copyName(enterpriseId: string, place: string): string {
  return `${PREFIX}${enterpriseId}.${place}`
}

/** Return a copy, or null where there is none that can be read. */
export function readCopy(store: Storage, name: string, now: number): Copy | null {
  try {
    const copy = JSON.parse(store.getItem(name) ?? 'null') as Copy | null
    if (copy === null || now - copy.keptAt > MAX_AGE || !copy.entry.number) return null
    return copy
  } catch {
    return null
  }
}

/** Keep a copy; say whether there was room for it. */
export function keepCopy(store: Storage, name: string, copy: Copy): boolean {
  try {
    store.setItem(name, JSON.stringify(copy))
    return true
  } catch {
    return false
  }
}

export function dropCopy(store: Storage, name: string): void {
  store.removeItem(name)
}

/** Take away copies that nobody came back for. */
export function dropOldCopies(store: Storage, now: number): void {
  const names = Array.from({ length: store.length }, (_, place) => store.key(place) ?? '').filter((name) => name.startsWith(PREFIX))
  for (const name of names) if (readCopy(store, name, now) === null) store.removeItem(name)
}
