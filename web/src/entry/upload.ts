/** Send a file with XMLHttpRequest, which tells how far it is, and wait until it is inspected. */
import { api, isBackIn, need, sessionHeaders } from '@/api/client'
import { Problem, problemOf } from '@/api/problems'
import type { components } from '@/api/schema'

export type Upload = components['schemas']['Upload']

/** Thrown where the person has called a file back. */
export class Cancelled extends Error {}

export interface Sending<T> {
  answer: Promise<T>
  cancel: () => void
}

interface Shipment {
  path: string
  type: string
  file: Blob
  onProgress?: (share: number) => void
}

/** Send a file as the body of a POST; after the end of a session the person logs in and it is sent again. */
export function sendFile<T>(shipment: Shipment): Sending<T> {
  let request: XMLHttpRequest | null = null
  let isCancelled = false
  const cancel = () => {
    isCancelled = true
    request?.abort()
  }

  async function deliver(): Promise<T> {
    for (let round = 0; ; round += 1) {
      if (isCancelled) throw new Cancelled()
      request = new XMLHttpRequest()
      const { status, content, retryAfter } = await once(request, shipment)
      if (status >= 200 && status < 300) return content as T
      if (status === 401 && round === 0 && (await isBackIn())) continue
      throw problemOf(new Response(null, { status, headers: retryAfter ? { 'Retry-After': retryAfter } : {} }), content)
    }
  }

  return { answer: deliver(), cancel }
}

function once(request: XMLHttpRequest, { path, type, file, onProgress }: Shipment) {
  return new Promise<{ status: number; content: unknown; retryAfter: string | null }>((resolve, reject) => {
    request.open('POST', path)
    request.responseType = 'json'
    request.setRequestHeader('Content-Type', type)
    for (const [name, value] of Object.entries(sessionHeaders())) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => onProgress?.(event.total > 0 ? event.loaded / event.total : 0)
    request.onload = () =>
      resolve({ status: request.status, content: request.response as unknown, retryAfter: request.getResponseHeader('Retry-After') })
    request.onerror = () => reject(new TypeError('the connection broke'))
    request.onabort = () => reject(new Cancelled())
    request.send(file)
  })
}

/** Tell before a long way whether a file can be a PDF at all; the server looks closer. */
export async function isPdf(file: Blob): Promise<boolean> {
  return (await file.slice(0, 5).text()) === '%PDF-'
}

export function sendText(file: File, onProgress: (share: number) => void): Sending<Upload> {
  const path = `/api/v1/uploads?file_name=${encodeURIComponent(file.name)}`
  return sendFile<Upload>({ path, type: 'application/pdf', file, onProgress })
}

/** Wait for the verdict of the inspection. */
export async function verdictOf(upload: Upload, isWanted: () => boolean): Promise<Upload> {
  let latest = upload
  while (latest.state !== 'ACCEPTED' && latest.state !== 'REFUSED') {
    await new Promise((resolve) => setTimeout(resolve, 500))
    if (!isWanted()) throw new Cancelled()
    latest = await need(api.GET('/api/v1/uploads/{upload_id}', { params: { path: { upload_id: upload.upload_id } } }))
  }
  if (latest.state === 'REFUSED') throw new Problem({ code: 'web.upload_refused', detail: latest.reason_text ?? '文件未通过检查。' }, 422)
  return latest
}

/** A size as people read it. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
