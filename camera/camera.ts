import { type ChildProcess, fork } from 'node:child_process'
import { addAbortListener } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Outbound } from '../agent/outbound.ts'
import { SHOT_LIMIT_MS } from './limits.ts'
import { memoryOfGroup } from './memory.ts'
import { createPlace, type PlaceOptions } from './place.ts'
import { openProxy } from './proxy.ts'
import { type BrowserUser, noPicture, type Picture, type Shot } from './shot.ts'
import { sweep } from './sweep.ts'

const MAX_MEMORY_BYTES = 1024 * 1024 * 1024
const MEMORY_POLL_MS = 250
const PROFILE = 'pharos-picture-'
const MAX_DRIVER_HEAP_MB = 128
const STOPPED = 'Pharos was stopped before there was a picture'

export type CameraOptions = PlaceOptions & {
  outbound: Outbound
  /** Null: whoever we are. What it throws, no browser is started for. */
  user(): Promise<BrowserUser | null>
}

export type Camera = {
  /** Pictures what a visitor would see. Throws nothing that a page causes. */
  take(subject: Pick<Shot, 'url' | 'verifyTls'>, signal: AbortSignal): Promise<Picture>
  /** Removes what was left behind where Pharos was killed. */
  sweep(signal: AbortSignal): Promise<void>
}

/**
 * 1. Find who the browser runs as, and where it is. 2. Open a proxy for it alone. 3. Let a process of its own take
 * the picture. 4. End that process with all that it started, and remove what it wrote.
 */
export function createCamera(options: CameraOptions): Camera {
  const place = createPlace(options)
  return {
    async take(subject, signal) {
      if (signal.aborted) return noPicture(STOPPED)
      const user = await options.user()
      const browser = await place.find(user, signal)
      if (!browser) return noPicture('There is no browser for this machine: set CHROMIUM_PATH')
      await using proxy = await openProxy(options.outbound)
      await using profile = await makeProfile(user)
      const { port, username, password } = proxy
      const way = { port, username, password }
      return await shoot({ ...subject, browser, user, profile: profile.path, proxy: way }, signal)
    },
    async sweep(signal) {
      await sweep(tmpdir(), (name) => name.startsWith(PROFILE), signal)
      await place.sweep(signal)
    },
  }
}

/** Within a folder of ours, by which it is known for what it is if it should be left behind. */
async function makeProfile(user: BrowserUser | null): Promise<AsyncDisposable & { path: string }> {
  const folder = await mkdtemp(join(tmpdir(), PROFILE))
  const path = join(folder, 'profile')
  const remove = { recursive: true, force: true, maxRetries: 3 } as const
  await mkdir(path, { mode: 0o700 })
  if (user) await Promise.all([chmod(folder, 0o711), chown(path, user.uid, user.gid)])
  return { path, [Symbol.asyncDispose]: () => rm(folder, remove) }
}

async function shoot(shot: Shot, signal: AbortSignal): Promise<Picture> {
  const child = fork(new URL('main.ts', import.meta.url), {
    detached: true,
    env: { PATH: process.env.PATH },
    execArgv: [`--max-old-space-size=${MAX_DRIVER_HEAP_MB}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  using limits = new DisposableStack()
  try {
    return await Promise.race([answerOf(child, shot), excess(child, signal, limits)])
  } finally {
    endGroup(child)
  }
}

function answerOf(child: ChildProcess, shot: Shot): Promise<Picture> {
  return new Promise((resolve) => {
    const fail = () => resolve(noPicture('The process that takes pictures ended before it had one'))
    child.once('message', (picture) => resolve(picture as Picture))
    child.on('error', fail).once('exit', fail)
    child.send(shot)
  })
}

/** Resolves when one of the limits is met. */
function excess(
  child: ChildProcess,
  signal: AbortSignal,
  limits: DisposableStack,
): Promise<Picture> {
  return new Promise((resolve) => {
    const end = (problem: string) => resolve(noPicture(problem))
    const late = () => end(`There was no picture within ${SHOT_LIMIT_MS / 1_000} s`)
    limits.adopt(setTimeout(late, SHOT_LIMIT_MS), clearTimeout)
    const weigh = setInterval(async () => {
      const bytes = child.pid ? await memoryOfGroup(child.pid) : 0
      if (bytes > MAX_MEMORY_BYTES) end('The page took more than 1 GB of memory')
    }, MEMORY_POLL_MS)
    limits.adopt(weigh, clearInterval)
    limits.use(addAbortListener(signal, () => end(STOPPED)))
  })
}

/** The child leads its group: the browser and all of its processes are in it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // They have all ended.
  }
}
