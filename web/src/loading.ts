/** What every page that shows something from the server does: wait, show it, or say why not. */
import { ref, type Ref } from 'vue'

import { asProblem, type Problem } from '@/api/problems'

export interface Loading<T> {
  found: Ref<T | null>
  problem: Ref<Problem | null>
  isBusy: Ref<boolean>
  /** Ask again; of two askings the later one counts. */
  load: () => Promise<void>
}

export function useLoading<T>(ask: () => Promise<T>): Loading<T> {
  const found = ref(null) as Ref<T | null>
  const problem = ref(null) as Ref<Problem | null>
  const isBusy = ref(false)
  let asked = 0

  async function load(): Promise<void> {
    const mine = ++asked
    isBusy.value = true
    problem.value = null
    try {
      const answer = await ask()
      if (mine === asked) found.value = answer
    } catch (error) {
      if (mine === asked) problem.value = asProblem(error)
    } finally {
      if (mine === asked) isBusy.value = false
    }
  }

  return { found, problem, isBusy, load }
}
