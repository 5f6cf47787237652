import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Caller } from './graphql.ts'

const MAIN = new URL('../../agent/main.ts', import.meta.url).pathname
const OUTPUT_KEPT = 50_000
const STOP_DEADLINE_MS = 15_000

/** A probe as its operator has it: the key, and the secret that was shown once. */
export type RigProbe = { id: string; keyId: string; secret: string; region: string }

const REGISTER = `mutation ($input: RegisterProbeInput!) { registerProbe(input: $input) {
  secret probe { id keyId region } } }`

export async function registerProbe(
  alice: Caller,
  region: string,
  kind: 'AGENT' | 'EDGE' = 'AGENT',
): Promise<RigProbe> {
  type Registered = { registerProbe: { secret: string; probe: Omit<RigProbe, 'secret'> } }
  const { registerProbe: made } = await alice.ask<Registered>(REGISTER, {
    input: { name: region, region, kind },
  })
  return { ...made.probe, secret: made.secret }
}

export type AgentEnd = { code: number | null; signal: NodeJS.Signals | null }

/** A real agent process. */
export type RunningAgent = {
  readonly pid: number
  readonly ended: Promise<AgentEnd>
  /** What it said, the last of it. */
  output(): string
  /** SIGTERM, and how it went. */
  stop(): Promise<AgentEnd & { tookMs: number }>
  /** SIGKILL. */
  kill(): Promise<void>
}

export type AgentOptions = {
  url: string
  probe: Pick<RigProbe, 'keyId' | 'secret'>
  dataDir: string
  args?: string[]
  variables?: Record<string, string>
  /** What it is started with instead of by itself: `ip netns exec …`. */
  within?: string[]
}

/** Starts `node agent/main.ts`, or another file of it. */
export function startAgent(options: AgentOptions, main = MAIN): RunningAgent {
  const { args = [], within = [] } = options
  const [command = '', ...rest] = [...within, process.execPath, main, ...args]
  const child = spawn(command, rest, {
    cwd: options.dataDir,
    env: environmentOf(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close').then(([code, signal]): AgentEnd => ({ code, signal }))
  return {
    pid: child.pid!,
    ended,
    output: listenTo(child),
    async stop() {
      const from = performance.now()
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
      const end = await ended
      clearTimeout(hard)
      return { ...end, tookMs: performance.now() - from }
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function environmentOf({ url, probe, dataDir, variables }: AgentOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    PHAROS_URL: url,
    PROBE_ID: probe.keyId,
    PROBE_SECRET: probe.secret,
    DATA_DIR: dataDir,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
    REFERENCE_TARGETS: 'none',
    ...variables,
  }
}

function listenTo(child: ChildProcess): () => string {
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-OUTPUT_KEPT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  return () => text
}
