import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { StartRefusal } from './start-refusal.ts'

const run = promisify(execFile)

const USER_NAME = 'postgres'

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
  const { uid, gid } = (await ownerOf(dataFolder)) ?? (await namedUser())
  return { uid, gid, prefix: await dropPrivileges(uid, gid, [dataFolder, binary]) }
}

async function ownerOf(folder: string): Promise<{ uid: number; gid: number } | null> {
  const owner = await stat(folder).catch(() => null)
  return owner && owner.uid !== 0 ? owner : null
}

async function namedUser(): Promise<{ uid: number; gid: number }> {
  try {
    return await lookUp()
  } catch {
    await run('useradd', ['--system', '--user-group', '--no-create-home', USER_NAME]).catch(() => {
      throw new StartRefusal(
        `PostgreSQL does not run as root, and a system user "${USER_NAME}" could not be made. Start Pharos as another user, or set DATABASE_URL.`,
      )
    })
    return lookUp()
  }
}

async function lookUp(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([run('id', ['-u', USER_NAME]), run('id', ['-g', USER_NAME])])
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
