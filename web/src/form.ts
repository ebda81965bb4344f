/** What every form does: send once, show each refusal where it belongs, keep what was typed. */
import { nextTick, reactive, ref, type Ref } from 'vue'

import { asProblem, fieldOf, type FieldProblem, type Problem } from '@/api/problems'

/** Refusals that name no field though each is about one. */
const FIELDS_OF_CODES: Record<string, readonly string[]> = {
  'accounts.captcha_wrong': ['captcha_answer'],
  'accounts.captcha_not_found': ['captcha_answer'],
  'accounts.code_wrong': ['code'],
  'accounts.password_wrong': ['old_password', 'password'],
  'accounts.username_wrong': ['username'],
}

/** Return what is wrong with which field, by a refusal and the fields of the form. */
export function placesOf(refusal: Problem, known: readonly string[]): FieldProblem[] {
  if (refusal.fields.length > 0) return refusal.fields
  const field = FIELDS_OF_CODES[refusal.code]?.find((name) => known.includes(name))
  return field === undefined ? [] : [{ pointer: `/${field}`, code: refusal.code, detail: refusal.message }]
}

export interface Form {
  /** What is wrong with which field, by its name. */
  errors: Record<string, FieldProblem>
  /** What is wrong with the whole. */
  problem: Ref<Problem | null>
  isBusy: Ref<boolean>
  /** Do it unless it is being done; say whether it was done. */
  submit: (work: () => Promise<void>) => Promise<boolean>
  /** Say what is wrong before anything is sent. */
  refuse: (errors: Record<string, string>) => boolean
  clear: (field?: string) => void
}

export function useForm(known: readonly string[] = []): Form {
  const errors = reactive<Record<string, FieldProblem>>({})
  const problem = ref<Problem | null>(null)
  const isBusy = ref(false)

  function clear(field?: string): void {
    if (field !== undefined) delete errors[field]
    else {
      for (const name of Object.keys(errors)) delete errors[name]
      problem.value = null
    }
  }

  function show(refusal: Problem): void {
    const places = placesOf(refusal, known)
    for (const field of places) errors[fieldOf(field.pointer)] ??= field
    const isAllShown =
      places.length > 0 && places.every((field) => known.includes(fieldOf(field.pointer)))
    problem.value = isAllShown ? null : refusal
    void nextTick(focusFirst)
  }

  async function submit(work: () => Promise<void>): Promise<boolean> {
    if (isBusy.value) return false
    clear()
    isBusy.value = true
    try {
      await work()
      return true
    } catch (error) {
      show(asProblem(error))
      return false
    } finally {
      isBusy.value = false
    }
  }

  function refuse(wrong: Record<string, string>): boolean {
    clear()
    for (const [field, detail] of Object.entries(wrong))
      errors[field] = { pointer: `/${field}`, code: 'web.invalid', detail }
    void nextTick(focusFirst)
    return Object.keys(wrong).length > 0
  }

  return { errors, problem: problem as Ref<Problem | null>, isBusy, submit, refuse, clear }
}

function focusFirst(): void {
  document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
