/** Moments as people in China write them. */
const FORMAT = new Intl.DateTimeFormat('zh-CN', {
  timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false,
})

/** The day of a moment, without the hour. */
export function beijingDay(moment: string | null | undefined): string {
  return beijing(moment).slice(0, 11)
}

export function beijing(moment: string | null | undefined): string {
  if (!moment) return ''
  const part = Object.fromEntries(FORMAT.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]))
  return `${part.year}年${part.month}月${part.day}日 ${part.hour}:${part.minute}`
}
