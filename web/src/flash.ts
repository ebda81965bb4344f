/** What one page has to say on the next. It travels in memory: a link cannot put words into our mouth. */
let words = ''

export function say(text: string): void {
  words = text
}

/** Return what is to be said, once. */
export function takeWords(): string {
  const said = words
  words = ''
  return said
}
