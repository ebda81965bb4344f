/** Names of the enterprise's people, for what is told of them by their ids. */
import { reactive } from 'vue'

import { api } from '@/api/client'

const names = reactive<Record<string, string>>({})

/** Ask who is in the team; where that can't be had nobody is named. */
export async function learnPeople(): Promise<void> {
  const { data } = await api.GET('/api/v1/team')
  for (const member of data?.members ?? []) names[member.account_id] = member.name
}

/** Return who an actor of the log is: "user:0192…" → 云小杉. */
export function personWords(actor: string): string {
  const [kind, id] = actor.split(':', 2)
  if (kind === 'service' || actor === '' || actor === '-') return '系统'
  if (kind === 'key') return '接口密钥'
  return names[id ?? actor] ?? names[actor] ?? '已离开的成员'
}
