/** Save, submit and check what an entry page holds; keep in step with what is stored. */
import { computed, ref, shallowRef, type Ref } from 'vue'

import { api, need, newKey } from '@/api/client'
import { fieldOf, type Problem } from '@/api/problems'
import type { components } from '@/api/schema'
import { useForm, type Form } from '@/form'
import type { Kind } from '@/names'
import { bodyOf, emptyEntry, entryOf, isBlankIndicator, plain, type Declaration, type Entry } from './entry'
import { isEntryField } from './fields'
import { useTyping, type Typing } from './typing'

type Check = components['schemas']['Check']
export type Published = components['schemas']['Published']
export type Purpose = 'ENTRY' | 'CORRECTION'

export interface Editing {
  form: Form
  typing: Typing
  stored: Ref<Declaration | null>
  checked: Ref<Check | null>
  isCommitted: Ref<boolean>
  /** Somebody else has saved meanwhile. */
  hasConflict: Ref<boolean>
  note: Ref<string>
  /** What no field shows. */
  notice: Ref<Problem | null>
  save: () => Promise<boolean>
  submit: () => Promise<Published | null>
  check: () => Promise<boolean>
  /** Throw away what was brought back and show what is stored. */
  forget: () => void
  /** Answer a conflict: go on from what is stored now, with its content or with one's own. */
  takeOver: (theirs: Declaration) => void
  overwrite: (theirs: Declaration) => Promise<boolean>
}

/** A key for each thing that is sent: the same until it is done or is another thing. */
function useKey(): { of: (what: unknown) => string; renew: () => void } {
  let said = ''
  let key = newKey()
  return {
    of: (what) => {
      const words = JSON.stringify(what)
      if (words !== said) key = newKey()
      said = words
      return key
    },
    renew: () => (said = ''),
  }
}

export function useEditing(kind: Kind, declaration: Declaration | null, purpose: Purpose): Editing {
  const stored = shallowRef(declaration)
  const placeOf = (said: Declaration | null) => said?.declaration_id ?? `new.${kind}`
  const typing = useTyping(declaration ? entryOf(declaration) : emptyEntry(kind), declaration?.version ?? null, placeOf(declaration))
  const form = useForm()
  const checked = shallowRef<Check | null>(null)
  const isCommitted = ref(false)
  const hasConflict = ref(false)
  const note = ref('')
  const createKey = useKey()
  const submitKey = useKey()
  // What was typed over an older version meets the newer one when it is saved.
  let version = typing.restoredVersion ?? declaration?.version ?? 0

  const notice = computed(() => {
    const { value } = form.problem
    if (value === null || value.status === 412) return null
    return value.fields.length > 0 && value.fields.every((one) => isEntryField(fieldOf(one.pointer))) ? null : value
  })

  function adopt(said: Declaration, sent?: Entry): void {
    stored.value = said
    version = said.version
    typing.settle(entryOf(said), said.version, placeOf(said), sent)
  }

  async function store(): Promise<Declaration> {
    typing.entry.indicators = typing.entry.indicators.filter((one) => !isBlankIndicator(one))
    const sent = plain(typing.entry)
    const body = bodyOf(kind, sent)
    const said = await (stored.value === null ? create(body) : replace(stored.value.declaration_id, body))
    adopt(said, sent)
    return said
  }

  async function create(body: components['schemas']['DraftInput']): Promise<Declaration> {
    const header = { 'Idempotency-Key': createKey.of(body) }
    const said = await need(api.POST('/api/v1/declarations', { params: { header }, body }))
    createKey.renew()
    return said
  }

  function replace(declaration_id: string, body: components['schemas']['DraftInput']): Promise<Declaration> {
    const params = { path: { declaration_id }, header: { 'If-Match': `"${version}"` } }
    return need(api.PUT('/api/v1/declarations/{declaration_id}', { params, body }))
  }

  async function attempt(work: () => Promise<void>): Promise<boolean> {
    note.value = ''
    const isDone = await form.submit(work)
    hasConflict.value = form.problem.value?.status === 412
    return isDone
  }

  function save(): Promise<boolean> {
    return attempt(async () => {
      await store()
      note.value = '保存成功。还没有公开，可以继续修改，也可以勾选企业承诺后提交。'
    })
  }

  async function publish(): Promise<Published> {
    const said = stored.value === null || typing.isChanged() ? await store() : stored.value
    const header = { 'Idempotency-Key': submitKey.of([said.declaration_id, version]), 'If-Match': `"${version}"` }
    const params = { path: { declaration_id: said.declaration_id }, header }
    return need(api.POST('/api/v1/declarations/{declaration_id}/publication', { params, body: { is_committed: isCommitted.value } }))
  }

  async function correct(): Promise<Published> {
    const { kind: _, ...entry } = bodyOf(kind, plain(typing.entry))
    const body = { ...entry, is_committed: isCommitted.value }
    const header = { 'Idempotency-Key': submitKey.of([version, body]), 'If-Match': `"${version}"` }
    const params = { path: { declaration_id: stored.value!.declaration_id }, header }
    return need(api.POST('/api/v1/declarations/{declaration_id}/correction', { params, body }))
  }

  async function submit(): Promise<Published | null> {
    let published: Published | null = null
    await attempt(async () => {
      published = await (purpose === 'CORRECTION' ? correct() : publish())
      adopt(published)
    })
    return published
  }

  function check(): Promise<boolean> {
    return attempt(async () => {
      const said = stored.value === null || typing.isChanged() ? await store() : stored.value
      const params = { path: { declaration_id: said.declaration_id } }
      checked.value = await need(api.POST('/api/v1/declarations/{declaration_id}/checks', { params, body: { is_committed: isCommitted.value } }))
    })
  }

  function forget(): void {
    const said = stored.value
    if (said) adopt(said)
    else typing.settle(emptyEntry(kind), null, placeOf(null))
  }

  function takeOver(theirs: Declaration): void {
    form.clear()
    adopt(theirs)
  }

  async function overwrite(theirs: Declaration): Promise<boolean> {
    stored.value = theirs
    version = theirs.version
    // A correction is sent only when the person submits it.
    if (purpose === 'CORRECTION') {
      form.clear()
      return true
    }
    return save()
  }

  return { form, typing, stored, checked, isCommitted, hasConflict, note, notice, save, submit, check, forget, takeOver, overwrite }
}
