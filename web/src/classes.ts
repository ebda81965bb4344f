/** Names of product classes, asked for once each. */
import { reactive } from 'vue'

import { api } from '@/api/client'

const known = reactive<Record<string, string>>({})

/** Return a class in words, its code until they are known. */
export function classWords(code: string | undefined): string {
  if (!code) return ''
  return known[code] ? `${known[code]}（${code}）` : code
}

/** Ask for the names of classes; where one is not to be had its code stands for it. */
export async function learnClasses(codes: readonly (string | undefined)[]): Promise<void> {
  const unknown = [...new Set(codes)].filter((code): code is string => Boolean(code) && !(code! in known))
  await Promise.all(
    unknown.slice(0, 50).map(async (code) => {
      const { data } = await api.GET('/api/v1/product-classes/{code}', { params: { path: { code } } })
      if (data) known[code] = data.name
    }),
  )
}
