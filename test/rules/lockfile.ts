import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../source.ts'

/**
 * A registry that does not carry the packages of other platforms makes npm leave them out of the lock,
 * and `npm ci` then refuses the lock everywhere. `node test/rules/lockfile.ts` writes them in again: their
 * version is the one their parent asks for, their platform is in their name.
 */
const LOCK = join(root, 'package-lock.json')

type Package = {
  version: string
  dev?: boolean
  license?: string
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}

type Lock = { packages: Record<string, Package> }

export function readLock(): Lock {
  return JSON.parse(readFileSync(LOCK, 'utf8')) as Lock
}

/** What the lock should hold besides, by its place in node_modules. */
export function missingPackages({ packages }: Lock): Record<string, Package> {
  const entries = Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(packages, parent, name))
      .map(([name, version]) => [
        `node_modules/${name}`,
        platformPackage(name, version, packages[parent]!),
      ]),
  )
  return Object.fromEntries(entries) as Record<string, Package>
}

function isLocked(packages: Lock['packages'], parent: string, name: string): boolean {
  const nested = parent === '' ? `node_modules/${name}` : `${parent}/node_modules/${name}`
  return nested in packages || `node_modules/${name}` in packages
}

/** `@oxlint/binding-linux-arm64-musl`: system, processor and C library are told by the name. */
function platformPackage(name: string, version: string, parent: Package): Package {
  const [os = '', cpu = '', abi = ''] = name.replace(/^.*\/(binding-)?/, '').split('-')
  const libc = abi.startsWith('musl') ? ['musl'] : ['glibc']
  return {
    version,
    cpu: [cpu],
    ...(parent.dev ? { dev: true } : {}),
    ...(os === 'linux' ? { libc } : {}),
    license: parent.license,
    optional: true,
    os: [os],
  }
}

if (import.meta.main) {
  const lock = readLock()
  const packages = Object.entries({ ...lock.packages, ...missingPackages(lock) })
  const sorted = packages.toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  const complete = { ...lock, packages: Object.fromEntries(sorted) }
  writeFileSync(LOCK, `${JSON.stringify(complete, null, 2)}\n`)
}
