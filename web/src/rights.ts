/** What the person who is logged in may do; the server says so again with every request. */
import { computed } from 'vue'

import { session } from '@/session'

function has(...roles: string[]): boolean {
  return session.user?.roles?.some((role) => roles.includes(role)) ?? false
}

export const isOwner = computed(() => has('OWNER'))
export const isWriter = computed(() => has('OWNER', 'FILER'))
