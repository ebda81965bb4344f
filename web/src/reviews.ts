/** How many standards wait for the answer of every two years, for the banner and the page of them. */
import { ref } from 'vue'

import { api } from '@/api/client'

export const due = ref(0)

export async function loadDue(): Promise<void> {
  const { data } = await api.GET('/api/v1/declarations/reviews', { params: { query: { page: 1, page_size: 1 } } })
  due.value = data?.total ?? 0
}
