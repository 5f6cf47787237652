import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { root } from '../test/source.ts'

/** The free plan takes 3 MB; what is small starts fast. */
const MOST_BYTES = 256 * 1_024

test('what wrangler would deploy is small, and imports nothing but its platform', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-edge-'))
  try {
    await promisify(execFile)(
      join(root, 'node_modules/.bin/wrangler'),
      ['deploy', '--dry-run', '--outdir', folder],
      { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false' } },
    )
    const code = await readFile(join(folder, 'index.js'), 'utf8')
    expect(gzipSync(code).length).toBeLessThan(MOST_BYTES)
    const imports = [...code.matchAll(/(?:from|import)\s*["']([^"']+)["']/g)]
    expect(new Set(imports.map(([, name]) => name))).toEqual(
      new Set(['cloudflare:workers', 'cloudflare:sockets']),
    )
    expect(code).not.toMatch(/["']node:/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
