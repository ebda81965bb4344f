/** Who is logged in, for all pages. */
import { computed, reactive, readonly } from 'vue'

import { api, need, onSessionEnd, setCsrfToken } from '@/api/client'
import type { components } from '@/api/schema'

export type User = components['schemas']['User']

const state = reactive<{ user: User | null; isKnown: boolean; isAsking: boolean }>({
  user: null,
  // Whether the server was asked who this is.
  isKnown: false,
  // Whether the person is asked to log in again over what he was doing.
  isAsking: false,
})

let answerAsked: ((isIn: boolean) => void) | null = null
let asked: Promise<boolean> | null = null

export const session = readonly(state)
export const isStaff = computed(() => state.user !== null && !state.user.enterprise_id)

/** Ask the server who this is; nobody is an answer too. */
export async function loadSession(): Promise<User | null> {
  const { data } = await api.GET('/api/v1/sessions/current')
  enter(data?.user ?? null, data?.csrf_token ?? '')
  return state.user
}

export function enter(user: User | null, csrfToken: string): void {
  state.user = user
  state.isKnown = true
  setCsrfToken(csrfToken)
}

export async function logOut(): Promise<void> {
  await need(api.DELETE('/api/v1/sessions/current'))
  enter(null, '')
}

/** Say how the person answered when he was asked to log in again. */
export function answerLogIn(isIn: boolean): void {
  state.isAsking = false
  answerAsked?.(isIn)
  answerAsked = asked = null
}

onSessionEnd(() => {
  state.isAsking = true
  asked ??= new Promise((resolve) => {
    answerAsked = resolve
  })
  return asked
})
