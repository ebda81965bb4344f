/** How long something is still open, told second by second. */
import { onUnmounted, ref, type Ref } from 'vue'

/** What is left of a time in words: 23 小时 59 分, in the last hour 59 分 30 秒. */
export function wordsOf(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} 小时 ${minutes} 分`
  return minutes > 0 ? `${minutes} 分 ${Math.floor(seconds % 60)} 秒` : `${Math.floor(seconds)} 秒`
}

export function secondsUntil(moment: string, now: number): number {
  return Math.max(0, Math.floor((new Date(moment).getTime() - now) / 1000))
}

/** The time that goes on while a page is shown, in milliseconds. */
export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 1000)
  onUnmounted(() => clearInterval(timer))
  return now
}
