import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { registerProbe, startAgent } from './rig/agent.ts'
import { createMonitor, signUp } from './rig/graphql.ts'
import { readMonitor } from './rig/monitor.ts'
import { openStage } from './rig/stage.ts'
import { root } from './source.ts'

test('the agent is one file that needs nothing beside it', async () => {
  await using stage = await openStage()
  await using folder = await openFolder()
  const file = join(folder.path, 'pharos-agent.mjs')
  await promisify(execFile)('npm', ['run', 'agent:bundle', '--', `--outfile=${file}`], {
    cwd: root,
  })

  const server = await stage.start()
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const probe = await registerProbe(alice, 'office')
  const target = stage.target.urlOf('shop')
  const id = await createMonitor(alice, { name: 'Shop', target, regions: ['office'] })
  const options = { url: server.url!, probe, dataDir: folder.path, args: ['--once'] }
  const agent = startAgent(options, file)
  expect(await agent.ended, agent.output()).toEqual({ code: 0, signal: null })
  expect(await readMonitor(alice, id)).toMatchObject({ status: 'UP', checks: [{ outcome: 'UP' }] })
})

async function openFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'pharos-agent-file-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
