/** What a person types into an entry page, and its copy in this browser until it is saved. */
import { onUnmounted, reactive, ref, watch, type Ref } from 'vue'

import { session } from '@/session'
import { copyName, dropCopy, dropOldCopies, keepCopy, readCopy } from './copies'
import { plain, type Entry } from './entry'

const PAUSE = 400

export interface Typing {
  entry: Entry
  /** When what is shown was typed, where it was brought back from this browser; 0 where not. */
  restoredAt: Ref<number>
  /** Of which version of the draft what was brought back is; null of a new one. */
  restoredVersion: number | null
  isChanged: () => boolean
  /** What is shown is what is stored now; what was typed since `sent` stays. */
  settle: (stored: Entry, version: number | null, place: string, sent?: Entry) => void
  /** Go on with other content, which is not stored yet. */
  replace: (entry: Entry) => void
}

/**
 * Args:
 *   stored: what the page starts with.
 *   version: of the draft; null of a new one.
 *   place: what the copy belongs to: the id of a draft, or "new." and the kind.
 */
export function useTyping(stored: Entry, version: number | null, place: string): Typing {
  const nameOf = (of: string) => copyName(session.user?.enterprise_id ?? '', of)
  let name = nameOf(place)
  let base = JSON.stringify(stored)
  let baseVersion = version
  let timer: ReturnType<typeof setTimeout> | undefined

  dropOldCopies(localStorage, Date.now())
  const copy = readCopy(localStorage, name, Date.now())
  const isRestored = copy !== null && JSON.stringify(copy.entry) !== base
  const entry = reactive({ ...plain(stored), ...(isRestored ? copy.entry : {}) }) as Entry
  const restoredAt = ref(isRestored ? copy.keptAt : 0)
  const restoredVersion = isRestored ? copy.version : version
  if (isRestored) baseVersion = copy.version

  const isChanged = () => JSON.stringify(entry) !== base

  function keep(): void {
    clearTimeout(timer)
    if (isChanged()) keepCopy(localStorage, name, { version: baseVersion, keptAt: Date.now(), entry: plain(entry) })
    else dropCopy(localStorage, name)
  }

  function settle(now: Entry, nowVersion: number | null, nowPlace: string, sent?: Entry): void {
    const isTypedOn = sent !== undefined && JSON.stringify(sent) !== JSON.stringify(entry)
    clearTimeout(timer)
    dropCopy(localStorage, name)
    name = nameOf(nowPlace)
    base = JSON.stringify(now)
    baseVersion = nowVersion
    restoredAt.value = 0
    if (!isTypedOn) Object.assign(entry, plain(now))
  }

  const stop = watch(entry, () => {
    clearTimeout(timer)
    timer = setTimeout(keep, PAUSE)
  })
  window.addEventListener('pagehide', keep)
  onUnmounted(() => {
    stop()
    keep()
    window.removeEventListener('pagehide', keep)
  })

  return { entry, restoredAt, restoredVersion, isChanged, settle, replace: (other) => Object.assign(entry, plain(other)) }
}
