import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { build } from 'esbuild'
import { formatSecret } from '../../core/signature.ts'
import { root } from '../../test/source.ts'
import type { EdgeRegion, ProbeKey } from '../settings.ts'

/** The real Worker in the real runtime, bound as wrangler.toml has it. */
export type Edge = AsyncDisposable & {
  url: URL
  /** What the platform does every minute. */
  cron(): Promise<void>
  /** Takes an object out of memory; its storage stays. */
  evict(region: EdgeRegion): Promise<void>
  /** Rows of the database of a region's first object. */
  rows(region: EdgeRegion, sql: string): Promise<unknown[]>
}

export type EdgeOptions = {
  pharosUrl: string
  keys: ProbeKey[]
  /** Other than in wrangler.toml. */
  vars?: Record<string, string>
  /** A certificate authority that the runtime is to trust besides. */
  authorityFile?: string
  /** What targets are told in `cf-worker`. */
  zone?: string
  /** Whether the resolver and the reference targets of wrangler.toml are asked; else nobody outside is. */
  isOnline?: boolean
  /** Hears what the Worker and its runtime say. */
  onLog?: (message: string) => void
}

const LOCAL_VARS = { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32', TRACE_URL: '' }
const OFFLINE_VARS = { DOH_URL: 'http://127.0.0.1:9/dns-query', REFERENCE_TARGETS: 'none' }
const NAME = 'edge-probe'

export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { authorityFile, onLog = () => {} } = options
  if (authorityFile) process.env['NODE_EXTRA_CA_CERTS'] = authorityFile
  // Not before: it reads its environment when it is imported.
  const { convertV4MiniflareOptions, Miniflare } = await import('miniflare')
  const worker = { ...(await workerOf(options)), name: NAME }
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      workers: [worker],
      cf: false,
      unsafeInspectDurableObjects: true,
      handleStructuredLogs: ({ message }) => onLog(message),
    }),
  )
  const url = await runtime.ready
  const nameOf = (region: EdgeRegion) => ({ name: `${region}/0` })
  return {
    url,
    async cron() {
      const { scheduled } = await runtime.getWorker(NAME)
      await scheduled({ cron: '* * * * *' })
    },
    evict: (region) => runtime.unsafeEvictDurableObject(NAME, 'Region', nameOf(region)),
    async rows(region, sql) {
      const storage = await runtime.unsafeGetDurableObjectStorage(NAME, 'Region', nameOf(region))
      return storage.exec(sql)
    },
    [Symbol.asyncDispose]: () => runtime.dispose(),
  }
}

export function keyOf(region: EdgeRegion): ProbeKey {
  return { region, probeId: randomUUID(), secret: formatSecret(randomBytes(32)) }
}

async function workerOf({ pharosUrl, keys, vars, zone, isOnline = false }: EdgeOptions) {
  const { unstable_getMiniflareWorkerOptions: read } = await import('wrangler')
  const { workerOptions, main = '' } = read(join(root, 'wrangler.toml'))
  const inFile = workerOptions.bindings as Record<string, string>
  const here = { ...LOCAL_VARS, ...(isOnline ? {} : OFFLINE_VARS), ...vars }
  const secrets = { PHAROS_URL: pharosUrl, PHAROS_KEYS: keys.map(textOf).join(',') }
  return {
    ...workerOptions,
    zone,
    modules: [{ type: 'ESModule' as const, path: 'index.js', contents: await bundle(main) }],
    bindings: { ...inFile, ...here, ...secrets },
  }
}

async function bundle(main: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:*'],
    conditions: ['workerd', 'worker', 'browser'],
  })
  return outputFiles[0]!.text
}

function textOf({ region, probeId, secret }: ProbeKey): string {
  return `${region}:${probeId}:${secret}`
}
