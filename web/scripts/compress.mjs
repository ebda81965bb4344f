// Stores each built file a second time, compressed, for the server to hand out as it is.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const out = new URL('../../gateway/static/app/', import.meta.url).pathname

for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
  if (entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name)) {
    const path = join(entry.parentPath, entry.name)
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
  }
}
