import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type Cluster, clusterUrl, prepareCluster, removeDrafts } from './postgres-cluster.ts'
import { claimOwnership, evictOrphan } from './postgres-owner.ts'

/** A crash recovery replays at most max_wal_size. */
const START_DEADLINE_MS = 60_000
const STOP_DEADLINE_MS = 10_000
const RESTART_DELAY_MS = 500
const POLL_MS = 20
/** Between finding a free port and listening there, another process may be given it: then another is found. */
const MAX_PORTS = 5
const PORT_IS_TAKEN = 'could not bind'

/** For one server beside one API: modest, durable, quiet. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  checkpoint_timeout: '15min',
  synchronous_commit: 'on',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

/**
 * Becomes PostgreSQL, but first leaves behind a watcher that waits on a pipe whose other end only we
 * hold: when we close it, or die in whatever way, the watcher asks PostgreSQL for a fast shutdown.
 * Forked twice, because PostgreSQL treats the death of a child it does not know as a crash.
 */
const KEEPER = '( (read -r line <&3; kill -INT $$) & ); exec 3<&-; exec "$@"'

export type EmbeddedPostgres = { url: string; stop(): Promise<void> }

type Settings = Record<string, string>

type Launch = { cluster: Cluster; port: number; settings: Settings }

type Server = { process: ChildProcess; leash: Writable; exited: Promise<unknown> }

/** Runs the PostgreSQL of `dataDir`, made at the first start, and runs it again should it die before we stop it. */
export async function startEmbeddedPostgres(
  dataDir: string,
  settings: Settings = {},
): Promise<EmbeddedPostgres> {
  const cluster = await prepareCluster(dataDir)
  await evictOrphan(cluster)
  const first = await startSomewhere(cluster, { ...SETTINGS, ...settings })
  const { launch } = first
  let { server } = first
  await removeDrafts(cluster)

  const stopping = new AbortController()
  async function keepRunning() {
    await server.exited
    while (!stopping.signal.aborted) {
      await delay(RESTART_DELAY_MS)
      server = await startServer(launch).catch(() => server)
      if (stopping.signal.aborted) await stopServer(server)
      await server.exited
    }
  }
  const kept = keepRunning()

  return {
    url: clusterUrl(cluster, launch.port),
    async stop() {
      stopping.abort()
      await stopServer(server)
      await kept
    },
  }
}

async function startSomewhere(
  cluster: Cluster,
  settings: Settings,
  portsLeft = MAX_PORTS,
): Promise<{ launch: Launch; server: Server }> {
  await rm(logPath(cluster), { force: true })
  const launch = { cluster, port: await freePort(), settings }
  try {
    return { launch, server: await startServer(launch) }
  } catch (error) {
    if (portsLeft === 1 || !String(error).includes(PORT_IS_TAKEN)) throw error
    return startSomewhere(cluster, settings, portsLeft - 1)
  }
}

async function startServer(launch: Launch): Promise<Server> {
  const server = await spawnServer(launch)
  try {
    await ownedAndReady(launch, server)
    return server
  } catch (error) {
    await stopServer(server)
    throw error
  }
}

async function spawnServer({ cluster, port, settings }: Launch): Promise<Server> {
  const flags = Object.entries({ ...settings, port }).map(([name, value]) => `--${name}=${value}`)
  const command = [...(cluster.user?.prefix ?? []), cluster.binary, '-D', cluster.folder, ...flags]
  await using log = await open(logPath(cluster), 'a', 0o600)
  // A session of its own: Ctrl-C in the terminal is ours to handle, not PostgreSQL's.
  const child = spawn('/bin/sh', ['-c', KEEPER, 'pharos-postgres', ...command], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd, 'pipe'],
  })
  const leash = child.stdio[3] as Writable
  leash.on('error', () => {})
  child.once('exit', () => leash.destroy())
  return { process: child, leash, exited: once(child, 'exit') }
}

async function ownedAndReady({ cluster, port }: Launch, server: Server): Promise<void> {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS)
  while (isRunning(server) && !deadline.aborted) {
    if (await claimOwnership(cluster, port)) return
    await delay(POLL_MS)
  }
  throw new Error(`PostgreSQL did not start:\n${await readFile(logPath(cluster), 'utf8')}`)
}

async function stopServer(server: Server): Promise<void> {
  server.leash.end()
  const hard = setTimeout(() => server.process.kill('SIGQUIT'), STOP_DEADLINE_MS)
  if (isRunning(server)) await server.exited
  clearTimeout(hard)
}

function isRunning({ process: child }: Server): boolean {
  return child.exitCode === null && child.signalCode === null
}

function logPath({ dataDir }: Cluster): string {
  return join(dataDir, 'postgres.log')
}
