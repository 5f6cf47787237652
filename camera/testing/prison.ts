import dgram from 'node:dgram'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { createOutbound } from '../../agent/outbound.ts'
import { startDnsServer } from '../../agent/testing/dns-server.ts'
import { FORBIDDEN_NAMES, PUBLIC } from '../../agent/testing/forbidden-names.ts'
import { policyOf } from '../../agent/testing/request.ts'
import { createCamera } from '../camera.ts'
import type { Shot } from '../shot.ts'
import { hostilePage } from './hostile-page.ts'

/** Pictures a hostile page twice: as the product would, and with every address opened; prints which ways reached a canary. */
const METADATA = '169.254.169.254'
const CANARIES = ['127.0.0.1', '::1', METADATA]
const [dataDir = '', uid = '', gid = ''] = process.argv.slice(2)

const reached = new Set<string>()
const page = http.createServer(answer).listen(0, PUBLIC)
await once(page, 'listening')
const { port } = page.address() as net.AddressInfo
for (const host of CANARIES) await listen(host)
const names = await startDnsServer(({ name, type }) => {
  const wanted = type === 'AAAA' ? ':' : '.'
  return FORBIDDEN_NAMES[name]?.filter((address) => address.includes(wanted)) ?? 'NXDOMAIN'
})

const refused = await wayfarers(PUBLIC)
const opened = await wayfarers(['127.0.0.0/8', '::1', METADATA].join(','))
process.stdout.write(JSON.stringify({ refused, opened }), () => process.exit())

async function wayfarers(allowed: string): Promise<{ pictured: boolean; reached: string[] }> {
  reached.clear()
  const outbound = createOutbound({ policy: policyOf(allowed), dnsServers: [names.address] })
  const user = uid ? { uid: Number(uid), gid: Number(gid) } : null
  const camera = createCamera({ outbound, dataDir, chromiumPath: null, user: async () => user })
  const subject: Pick<Shot, 'url' | 'verifyTls'> = {
    url: `http://${PUBLIC}:${port}/`,
    verifyTls: true,
  }
  const { ok } = await camera.take(subject, new AbortController().signal)
  return { pictured: ok, reached: [...reached].toSorted() }
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
  const to = searchParams.get('to') ?? ''
  if (pathname === '/redirect') response.writeHead(302, { location: to }).end()
  else if (pathname === '/service-worker.js') {
    response.setHeader('content-type', 'text/javascript')
    response.end(`fetch('${to}', { mode: 'no-cors' }).catch(() => {})`)
  } else {
    response.setHeader('content-type', 'text/html')
    response.end(pathname === '/refresh' ? refresh(to) : hostilePage(hosts()))
  }
}

function refresh(to: string): string {
  return `<meta http-equiv="refresh" content="0; url=${to}">`
}

function hosts(): string[] {
  const plain = ['127.0.0.1', '[::1]', METADATA, '127.1', 'localhost', 'loopback.example']
  return plain.map((host) => `${host}:${port}`)
}

/** Whatever comes here is a way that was found, told as the canary's address and the path. */
async function listen(host: string): Promise<void> {
  const found = (what = '') => reached.add(`${host}${what}`)
  const canary = http.createServer((request, response) => {
    found(request.url)
    response.end()
  })
  canary.on('connection', () => found(' by a connection'))
  canary.on('upgrade', (request, socket) => {
    found(request.url)
    socket.destroy()
  })
  canary.listen(port, host)
  const datagrams = dgram.createSocket(net.isIPv6(host) ? 'udp6' : 'udp4')
  datagrams.on('message', () => found(' by a datagram')).bind(port, host)
  await Promise.all([once(canary, 'listening'), once(datagrams, 'listening')])
}
