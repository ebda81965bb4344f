import createClient from 'openapi-fetch'

import { problemOf } from './problems'
import type { paths } from './schema'

/** What a page does when its session has ended: ask the person to log in again, then say whether he did. */
type LogInAgain = () => Promise<boolean>

let csrfToken = ''
let logInAgain: LogInAgain | null = null

/** Remember the token that requests of a session carry; empty when nobody is logged in. */
export function setCsrfToken(token: string): void {
  csrfToken = token
}

export function onSessionEnd(handler: LogInAgain): void {
  logInAgain = handler
}

/** Send a request as the person who is logged in; where the session has ended meanwhile, he logs in
 * again and it is sent once more, so that nothing typed is lost. */
export async function send(request: Request): Promise<Response> {
  const again = request.clone()
  const response = await fetch(signed(request))
  if (response.status === 401 && (await isBackIn())) return fetch(signed(again))
  return response
}

/** After a 401: where a session has ended let the person log in again, and say whether he did. */
export async function isBackIn(): Promise<boolean> {
  return csrfToken !== '' && logInAgain !== null && (await logInAgain())
}

/** What marks a request that `send` does not send as one of the session. */
export function sessionHeaders(): Record<string, string> {
  return csrfToken === '' ? {} : { 'X-CSRF-Token': csrfToken }
}

function signed(request: Request): Request {
  if (csrfToken !== '' && request.method !== 'GET') request.headers.set('X-CSRF-Token', csrfToken)
  return request
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send })

/** Return what came, or throw the refusal. */
export async function need<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problemOf(response, error)
  return data as T
}

/** A key that makes a request safe to repeat: one for each thing that is to happen once.
 * (crypto.randomUUID is there only over TLS.) */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
