/** Lead a person from what is said about a field to the field. Fields carry `data-field`, such as "products.0.model". */

/** The places a field may be found at, the nearest first: itself, its row, its table. */
export function placesFor(field: string): string[] {
  const parts = field.split('.')
  return parts.map((_, dropped) => parts.slice(0, parts.length - dropped).join('.'))
}

const FOCUSABLE = ['input', 'select', 'textarea', 'button'].map((tag) => `${tag}:not(:disabled):not([tabindex="-1"])`).join(', ')

/** Show a field and put the cursor there; say whether it was found. */
export function goTo(field: string): boolean {
  for (const place of placesFor(field)) {
    const found = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(place)}"]`)
    if (found === null) continue
    found.closest('details')?.setAttribute('open', '')
    found.scrollIntoView({ block: 'center' })
    const target = found.matches(FOCUSABLE) ? found : (found.querySelector<HTMLElement>(FOCUSABLE) ?? found)
    target.focus()
    return true
  }
  return false
}

/** Of several fields the one that stands highest on the page. */
export function firstOf(fields: readonly string[]): string | undefined {
  const placed = fields.map((field) => {
    const place = placesFor(field).find((name) => document.querySelector(`[data-field="${CSS.escape(name)}"]`) !== null)
    const box = place === undefined ? null : document.querySelector(`[data-field="${CSS.escape(place)}"]`)!.getBoundingClientRect()
    return { field, top: box === null ? Infinity : box.top }
  })
  return placed.sort((one, other) => one.top - other.top)[0]?.field
}
