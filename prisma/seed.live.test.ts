import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../test/database.ts'
import { openDataDir } from '../test/pharos.ts'
import { root } from '../test/source.ts'

test('seeding twice makes one account and three monitors', async () => {
  await using database = await openTestDatabase()
  await using dataDir = await openDataDir()
  for (const _ of ['first', 'second']) {
    const output = await seed({ DATABASE_URL: database.url, DATA_DIR: dataDir.path })
    expect(output).toContain('Sign in as demo@pharos.example')
  }
  expect(await database.prisma.user.count()).toBe(1)
  expect(await database.prisma.monitor.count()).toBe(3)
})

async function seed(variables: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'prisma/seed.ts')], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  expect(code).toBe(0)
  return output
}
