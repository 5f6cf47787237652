import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { errorCode } from './error-code.ts'
import { type Cluster, clusterUrl } from './postgres-cluster.ts'
import { isAlive } from './process.ts'
import { StartRefusal } from './start-refusal.ts'

/** Held by the API whose PostgreSQL it is, for as long as its connection lives: dead or alive, no pid file can tell as surely. */
const OWNER_LOCK = 7_428_002

const EVICTION_DEADLINE_MS = 30_000
/** Where somebody else listens who says nothing. */
const CONNECT_DEADLINE_MS = 3_000
const POLL_MS = 20
/**
 * A server that runs listens; one that refuses so often is a pid that now belongs to someone else. Counted,
 * as time passes also while the machine stands still, and the server with it.
 */
const MAX_REFUSALS = 100
/** Of those that the port answers in a way of its own, or not at all: a server that stands still does that too. */
const MAX_STRANGE = 1
const CANNOT_CONNECT_NOW = '57P03'

type Postmaster = { pid: number; port: number }

/** Strange: whoever listens there is not known to be a PostgreSQL that is to let us in soon. */
type Failure = 'refused' | 'strange' | 'starting'
type Failures = Record<Failure, number>

/** Opens the connection that says "this data folder is ours" and keeps it; false while the server takes none. */
export async function claimOwnership(cluster: Cluster, port: number): Promise<boolean> {
  const client = await connect(cluster, port)
  if (!(client instanceof pg.Client)) return false
  if (await holdsLock(client)) return true
  await client.end()
  throw inUse(cluster)
}

/**
 * Leaves the data folder without a server: one whose API is gone is stopped, a stale pid file removed.
 * Throws when a living API owns it.
 */
export async function evictOrphan(cluster: Cluster): Promise<void> {
  const overall = AbortSignal.timeout(EVICTION_DEADLINE_MS)
  const failures: Failures = { refused: 0, strange: 0, starting: 0 }
  while (!overall.aborted) {
    const postmaster = await readPostmaster(cluster)
    if (!postmaster || !isAlive(postmaster.pid)) return
    const client = await connect(cluster, postmaster.port)
    if (client instanceof pg.Client) await shutDown(cluster, client, postmaster.pid)
    else failures[client] += 1
    if (await isStale(cluster, postmaster, failures)) return rm(pidFile(cluster), { force: true })
    await delay(POLL_MS)
  }
  throw inUse(cluster)
}

async function isStale(
  cluster: Cluster,
  { pid }: Postmaster,
  { refused, strange }: Failures,
): Promise<boolean> {
  if (refused > MAX_REFUSALS) return (await isServerOf(cluster, pid)) !== true
  return strange > MAX_STRANGE && (await isServerOf(cluster, pid)) === false
}

async function shutDown(cluster: Cluster, client: pg.Client, pid: number): Promise<void> {
  const isOrphan = await holdsLock(client)
  await client.end()
  if (!isOrphan) throw inUse(cluster)
  process.kill(pid, 'SIGINT')
}

async function holdsLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS held', [OWNER_LOCK])
  return rows[0].held
}

async function connect(cluster: Cluster, port: number): Promise<pg.Client | Failure> {
  const client = new pg.Client({
    connectionString: clusterUrl(cluster, port),
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
  })
  // The server going away is reported by its exit, not by this connection.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    const code = errorCode(error)
    if (code === CANNOT_CONNECT_NOW) return 'starting'
    return code === 'ECONNREFUSED' ? 'refused' : 'strange'
  }
}

/** Line 1 of postmaster.pid is the process, line 4 the port. */
async function readPostmaster(cluster: Cluster): Promise<Postmaster | null> {
  const text = await readFile(pidFile(cluster), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  return pid ? { pid, port } : null
}

function pidFile({ folder }: Cluster): string {
  return join(folder, 'postmaster.pid')
}

/** Whether the process was started with the folder; null where the system does not tell: only Linux does. */
async function isServerOf({ folder }: Cluster, pid: number): Promise<boolean | null> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return command === null ? null : command.split('\0').includes(folder)
}

function inUse({ dataDir }: Cluster): StartRefusal {
  return new StartRefusal(
    `The data folder ${dataDir} is in use by another Pharos. Stop it, or set another DATA_DIR.`,
  )
}
