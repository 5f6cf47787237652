import { describe, expect, test } from 'vitest'
import { type Import, readSources, type SourceFile } from '../source.ts'

const sources = readSources()
const product = sources.filter((file) => !file.isTest)

/** The few files that may open a connection or a port; agent/outbound.ts is the one way to a user-given address. */
const NETWORK_FILES = [
  'agent/exchange.ts',
  'agent/hosts.ts',
  'agent/http.ts',
  'agent/outbound.ts',
  'agent/private/sync.ts',
  'agent/resolver.ts',
  'agent/secure.ts',
  'api/platform/free-port.ts',
  'camera/proxy.ts',
]

const NETWORK = /^node:(http|https|http2|net|tls|dgram|dns)\b|^cloudflare:sockets$/

describe('who may import whom', () => {
  rule('core imports only core, and packages that run everywhere', 'core/', (from) =>
    /^(core\/|zod$|json-p3$|re2js$)/.test(from),
  )
  rule('the agent imports only core, itself, Node and what reads DNS', 'agent/', (from) =>
    /^(core\/|agent\/|node:|dns-packet$)/.test(from),
  )
  rule(
    'the camera imports only core, the agent, itself and what drives a browser',
    'camera/',
    (from) => /^(core\/|agent\/|camera\/|node:|puppeteer-core$|@sparticuz\/chromium$)/.test(from),
  )
  rule(
    'the edge probe imports only core, itself, its platform and what parses',
    'edge-probe/',
    (from) => /^(core\/|edge-probe\/|cloudflare:|zod$)/.test(from),
  )
  rule(
    'the dashboard imports only core, itself and packages',
    'dashboard/',
    (from) => /^(core|dashboard)\//.test(from) || isPackage(from),
  )
  rule(
    'the platform imports nothing of Pharos but core',
    'api/platform/',
    (from) => /^(core|api\/platform|generated)\//.test(from) || isPackage(from),
  )
  rule(
    'the API imports no test, demo or bench',
    'api/',
    (from) => /^(core|agent|camera|api|generated)\//.test(from) || isPackage(from),
  )
})

/** Within a domain six names do something, in whichever folder they stand; every other file is a noun. */
const MAY_IMPORT = {
  noun: ['noun'],
  store: ['noun', 'store'],
  reading: ['noun', 'store', 'reading'],
  deeds: ['noun', 'store', 'deeds'],
  graphql: ['noun', 'store', 'reading', 'deeds', 'graphql'],
  http: ['noun', 'store', 'reading', 'deeds', 'http'],
  jobs: ['noun', 'store', 'reading', 'deeds', 'jobs'],
} satisfies Record<string, string[]>

type Kind = keyof typeof MAY_IMPORT

const DATABASE =
  /^(api\/platform\/(database|sql)\.ts|generated\/prisma\/client\.ts|pg|@prisma\/.*)$/

describe('in a domain', () => {
  test.each(Object.entries(MAY_IMPORT))('a %s imports of domains only: %s', (kind, allowed) => {
    const offences = filesOfKind(kind).flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => isOfDomain(from) && !allowed.includes(kindOf(from)))
        .map(({ from }) => `${path} → ${from}`),
    )
    expect(offences).toEqual([])
  })

  test.each(['noun', 'graphql'])('a %s does not reach the database', (kind) => {
    const reaches = ({ from, isTypeOnly }: Import) => DATABASE.test(from) && !isTypeOnly
    const offenders = filesOfKind(kind).filter(
      ({ imports, text }) => imports.some(reaches) || /\bdatabase\.(pool|prisma)\b/.test(text),
    )
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  test('every graphql.ts is named by schema.ts', () => {
    const named = product.find(({ path }) => path === 'api/schema.ts')?.imports ?? []
    const files = filesOfKind('graphql').map(({ path }) => path)
    expect(files.filter((path) => !named.some(({ from }) => from === path))).toEqual([])
  })
})

describe('what occurs in one place only', () => {
  test('SQL, in the stores and the platform', () => {
    const sql = /\b(INSERT INTO|DELETE FROM|UPDATE \w+ SET|SELECT [\s\S]{1,200}? FROM)\b/
    const offenders = product.filter(
      ({ path, text }) =>
        path.startsWith('api/') && !/\/store\.ts$|^api\/platform\//.test(path) && sql.test(text),
    )
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  test('the clock, in the platform', () => {
    const offenders = product.filter(
      ({ path, text }) =>
        /^(core|api)\//.test(path) &&
        path !== 'api/platform/clock.ts' &&
        /\bDate\.now\(|\bnew Date\(\)|Temporal\.Now/.test(text),
    )
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  test('the network, in the agent', () => {
    const offenders = product.filter(
      (file) => /^(core|agent|api|camera)\//.test(file.path) && reachesOut(file),
    )
    expect(offenders.map(({ path }) => path)).toEqual(NETWORK_FILES)
  })

  test('the network of the edge, in its own guarded module', () => {
    const offenders = product.filter(
      (file) => file.path.startsWith('edge-probe/') && reachesOut(file),
    )
    expect(offenders.map(({ path }) => path)).toEqual(['edge-probe/outbound.ts'])
  })

  test('the composition root', () => {
    const importers = product.filter(({ imports }) =>
      imports.some(({ from, isTypeOnly }) => from === 'api/app.ts' && !isTypeOnly),
    )
    expect(importers.map(({ path }) => path).filter((path) => path.startsWith('api/'))).toEqual([
      'api/main.ts',
    ])
  })
})

describe('the shape of the tree', () => {
  test('no file passes on what another defines', () => {
    const offenders = sources.filter(({ text }) => /^export\s+(\*|{[^}]*})\s+from\b/m.test(text))
    expect(offenders.map(({ path }) => path)).toEqual([])
  })

  test('no file is longer than 250 lines', () => {
    const offenders = product.filter(({ text }) => text.split('\n').length > 251)
    expect(offenders.map(({ path }) => path)).toEqual([])
  })
})

function rule(sentence: string, where: string | RegExp, isAllowed: (from: string) => boolean) {
  test(`${sentence}`, () => {
    const offences = product
      .filter(({ path }) => (typeof where === 'string' ? path.startsWith(where) : where.test(path)))
      .flatMap(({ path, imports }) =>
        imports.filter(({ from }) => !isAllowed(from)).map(({ from }) => `${path} → ${from}`),
      )
    expect(offences).toEqual([])
  })
}

function filesOfKind(kind: string): SourceFile[] {
  return product.filter(({ path }) => isOfDomain(path) && kindOf(path) === kind)
}

/** A folder of api/ that is no machinery. */
function isOfDomain(path: string): boolean {
  return /^api\/(?!platform\/|graphql\/|web\/)[^/]+\//.test(path)
}

function kindOf(path: string): Kind {
  const name = path.replace(/^.*\/|\.ts$/g, '')
  return isKind(name) ? name : 'noun'
}

function isKind(name: string): name is Kind {
  return name in MAY_IMPORT
}

function reachesOut({ imports, text }: SourceFile): boolean {
  const isNetwork = ({ from, isTypeOnly }: Import) => NETWORK.test(from) && !isTypeOnly
  return imports.some(isNetwork) || /(?<![.\w])fetch\(|new WebSocket\(/.test(text)
}

function isPackage(from: string): boolean {
  return !/^(core|agent|camera|edge-probe|dashboard|api|generated|prisma|demo|bench|test)\//.test(
    from,
  )
}
