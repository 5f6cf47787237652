import type { Expectations, WatchKind } from '../../../core/check.ts'
import type { Given } from '../input/rules.ts'
import { dns } from './dns/dns.ts'
import { heartbeat } from './heartbeat/heartbeat.ts'
import type { HeartbeatPlan } from './heartbeat/plan.ts'
import { http, type HttpInput } from './http/http-kind.ts'
import type { Kind } from './kind.ts'
import { ping } from './ping/ping.ts'
import { tcp } from './tcp/tcp.ts'
import { tls } from './tls/tls.ts'

/** What a monitor of each kind expects: of its target, or of the job that calls us. */
export type WatchExpectations = Expectations & { HEARTBEAT: HeartbeatPlan }

/** A kind and what is expected of it. */
export type Watch<Of extends WatchKind = WatchKind> = {
  [K in Of]: { kind: K; expectations: WatchExpectations[K] }
}[Of]

/** What a caller says of each. */
export type Blocks = { HTTP: HttpInput } & {
  [K in Exclude<WatchKind, 'HTTP'>]: Given<WatchExpectations[K]>
}

/** The same under the names that an input has for them. */
export type BlockFields = { [K in WatchKind as Lowercase<K>]: Blocks[K] }

export const kinds: { [K in WatchKind]: Kind<WatchExpectations[K], Blocks[K]> } = {
  HTTP: http,
  TCP: tcp,
  PING: ping,
  DNS: dns,
  TLS: tls,
  HEARTBEAT: heartbeat,
}

export const watchKinds = Object.keys(kinds) as [WatchKind]

/** Name of a kind's block in a caller's input. */
export function blockOf<K extends WatchKind>(kind: K): Lowercase<K> {
  return kind.toLowerCase() as Lowercase<K>
}
