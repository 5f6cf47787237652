import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StartRefusal } from './start-refusal.ts'

const run = promisify(execFile)

const DATABASE_USER = 'postgres'
/** Not the database's: a page that breaks out of the browser finds nothing that is its own. */
const BROWSER_USER = 'pharos-browser'
const NO_DATABASE_USER = `PostgreSQL does not run as root, and a system user "${DATABASE_USER}" could not be made. Start Pharos as another user, or set DATABASE_URL.`

/**
 * A project in /root or in a fresh temporary folder is closed to all others: this lets a system user
 * search and read past that, and nothing more. The securebit makes access(2), by which PostgreSQL
 * looks for itself, see it too.
 */
const MAY_PASS = [
  '--securebits=+no_setuid_fixup',
  '--inh-caps=-all,+dac_read_search',
  '--ambient-caps=-all,+dac_read_search',
]

/** Who PostgreSQL runs as, and what goes before its command line to make it so. */
export type SystemUser = { uid: number; gid: number; prefix: string[] }

/**
 * PostgreSQL refuses to run as root, so root lends it a system user: the one who owns the data already,
 * else `postgres`, made where it is missing. Null for everybody else: it runs as who started us.
 */
export async function systemUser(dataFolder: string, binary: string): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null
  const { uid, gid } =
    (await ownerOf(dataFolder)) ?? (await namedUser(DATABASE_USER, NO_DATABASE_USER))
  return { uid, gid, prefix: await dropPrivileges(uid, gid, [dataFolder, binary]) }
}

/** Who a browser runs as, where we are root; null for everybody else: it runs as who started us. */
export async function browserUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null
  return namedUser(
    BROWSER_USER,
    `A browser does not run as root, and a system user "${BROWSER_USER}" could not be made.`,
  )
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | null> {
  const owner = await stat(folder).catch(() => null)
  return owner && owner.uid !== 0 ? owner : null
}

async function namedUser(name: string, refusal: string): Promise<{ uid: number; gid: number }> {
  const known = await lookUp(name).catch(() => null)
  if (known) return known
  // Where another process makes it at the same moment, this fails, and it is there all the same.
  await run('useradd', ['--system', '--user-group', '--no-create-home', name]).catch(() => null)
  return lookUp(name).catch(() => {
    throw new StartRefusal(refusal)
  })
}

async function lookUp(name: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

async function dropPrivileges(uid: number, gid: number, paths: string[]): Promise<string[]> {
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  const open = await Promise.all(paths.flatMap(ancestors).map(isOpenToAll))
  return open.every(Boolean) ? prefix : [...prefix, ...MAY_PASS]
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...ancestors(parent)]
}

async function isOpenToAll(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  return (mode & 0o001) !== 0
}
