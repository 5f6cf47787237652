import { promises as dns } from 'node:dns'
import { type Failure, failure } from '../core/failure.ts'
import type { Hosts } from './hosts.ts'

/** One server is asked three times within the 2 s that resolving may take; c-ares would double each wait. */
const ANSWER_MS = 600
const TRIES = 3

export type Resolution = { ok: true; addresses: string[] } | Failure

/** `servers` are IP addresses with or without port; absent: those of the machine. */
export type ResolverOptions = { hosts: Hosts; servers?: string[] }

export type NameResolver = {
  resolve(name: string, withinMs: number): Promise<Resolution>
  /** IP addresses with or without port, read afresh: the machine may have moved to another network. */
  servers(): string[]
}

/**
 * Names by the hosts file, else by DNS over c-ares. Not dns.lookup: getaddrinfo holds one of libuv's
 * four threads for each name that does not answer, so that four dead names stop all other checks
 * (seen: a healthy name behind four silent ones took 20 s, with c-ares under 1 ms).
 */
export function createNameResolver({ hosts, servers }: ResolverOptions): NameResolver {
  let client = openClient(servers)
  return {
    async resolve(text, withinMs) {
      const name = text.endsWith('.') ? text.slice(0, -1) : text
      const known = hosts.find(name)
      if (known.length > 0) return { ok: true, addresses: known }
      const asked = client
      const answer = await ask(asked, name, withinMs)
      // The machine may have moved to another network: read its servers afresh.
      if (isOwnTrouble(answer) && client === asked) client = openClient(servers)
      return answer
    },
    servers: () => servers ?? openClient(undefined).getServers(),
  }
}

/** What silence means: `isAlive` tells whether the resolver still answers other questions. */
export function silence(name: string, isAlive: boolean): Failure {
  return isAlive
    ? failure('DNS_FAILURE', `The name servers of ${name} did not answer`)
    : failure('PROBE_FAILURE', `The probe's own DNS resolver did not answer when asked for ${name}`)
}

function openClient(servers: string[] | undefined): dns.Resolver {
  const client = new dns.Resolver({ timeout: ANSWER_MS, maxTimeout: ANSWER_MS, tries: TRIES })
  if (servers) client.setServers(servers)
  return client
}

/**
 * Silence has two causes: the resolver is gone, or it still waits for the servers of this one name.
 * Halfway through, a question that any living resolver answers from its cache tells them apart.
 */
function ask(client: dns.Resolver, name: string, withinMs: number): Promise<Resolution> {
  return new Promise((resolve) => {
    let isAlive = false
    const doubt = setTimeout(async () => {
      isAlive = await answersRoot(client)
    }, withinMs / 2)
    const end = setTimeout(() => settle(silence(name, isAlive)), withinMs)
    const settle = (resolution: Resolution) => {
      clearTimeout(doubt)
      clearTimeout(end)
      resolve(resolution)
    }
    void resolveBoth(client, name).then((answers) => settle(read(name, answers, () => isAlive)))
  })
}

type Answer = { addresses: string[] } | { code: string }

/** IPv4 first: a probe without IPv6 is more common than a target without IPv4. */
function resolveBoth(client: dns.Resolver, name: string): Promise<[Answer, Answer]> {
  return Promise.all([
    client.resolve4(name).then(toAddresses, toCode),
    client.resolve6(name).then(toAddresses, toCode),
  ])
}

function toAddresses(addresses: string[]): Answer {
  return { addresses }
}

function toCode(error: NodeJS.ErrnoException): Answer {
  return { code: error.code ?? 'EUNKNOWN' }
}

function answersRoot(client: dns.Resolver): Promise<boolean> {
  return client.resolveNs('.').then(
    () => true,
    (error: NodeJS.ErrnoException) => !UNANSWERED.has(error.code ?? ''),
  )
}

/** c-ares' codes for: no server reachable, none answered, the question was given up. */
const UNANSWERED = new Set([
  'ECONNREFUSED',
  'ETIMEOUT',
  'ECANCELLED',
  'EFILE',
  'ENOMEM',
  'EDESTRUCTION',
])

function read(name: string, answers: [Answer, Answer], isAlive: () => boolean): Resolution {
  const addresses = answers.flatMap((answer) => ('addresses' in answer ? answer.addresses : []))
  if (addresses.length > 0) return { ok: true, addresses }
  const codes = answers.flatMap((answer) => ('code' in answer ? answer.code : []))
  const told = codes.find((code) => !UNANSWERED.has(code))
  if (!told) return silence(name, isAlive())
  return failure('DNS_FAILURE', `${name} ${SENTENCES[told] ?? `cannot be resolved (${told})`}`)
}

function isOwnTrouble(resolution: Resolution): boolean {
  return !resolution.ok && resolution.errorKind === 'PROBE_FAILURE'
}

const SENTENCES: Record<string, string> = {
  ENOTFOUND: 'does not exist (NXDOMAIN)',
  ENODATA: 'exists but has no address',
  ESERVFAIL: 'cannot be resolved: its name servers failed (SERVFAIL)',
  EREFUSED: 'cannot be resolved: the query was refused (REFUSED)',
  EBADNAME: 'is not a valid name',
}
