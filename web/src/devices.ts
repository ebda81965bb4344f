/** What somebody is signed in with, as a person calls it. */
const BROWSERS: readonly [pattern: RegExp, name: string][] = [
  [/MicroMessenger\//, '微信'], [/Edg(e|A|iOS)?\//, 'Edge'], [/Firefox\//, 'Firefox'], [/(Headless)?Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'],
]
const SYSTEMS: readonly [pattern: RegExp, name: string][] = [
  [/HarmonyOS|OpenHarmony/, '鸿蒙'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux'],
]

/** Return browser and system; of a program that is none of them, its own words. */
export function deviceOf(userAgent: string | undefined): string {
  const text = userAgent ?? ''
  const found = [BROWSERS, SYSTEMS].map((list) => list.find(([pattern]) => pattern.test(text))?.[1]).filter(Boolean)
  return found.join('，') || text.slice(0, 60) || '未知设备'
}
