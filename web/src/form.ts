/** What every form does: send once, show each refusal where it belongs, keep what was typed. */
import { nextTick, reactive, ref, type Ref } from 'vue'

import { asProblem, fieldOf, type FieldProblem, type Problem } from '@/api/problems'

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
    for (const field of refusal.fields) errors[fieldOf(field.pointer)] ??= field
    const isAllShown =
      refusal.fields.length > 0 &&
      refusal.fields.every((field) => known.includes(fieldOf(field.pointer)))
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
