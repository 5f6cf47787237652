import type { InputFields } from '../../graphql/builder.ts'
import { AssertionInput } from '../assertions/graphql.ts'
import { MonitorKindType } from '../graphql.ts'
import { MonitorDnsInput } from '../kinds/dns/graphql.ts'
import { MonitorHeartbeatInput } from '../kinds/heartbeat/graphql.ts'
import { MonitorHttpInput } from '../kinds/http/graphql.ts'
import { MonitorPingInput } from '../kinds/ping/graphql.ts'
import { MonitorTcpInput } from '../kinds/tcp/graphql.ts'
import { MonitorTlsInput } from '../kinds/tls/graphql.ts'

/** What a monitor is; required to create one, but for the target of a heartbeat. */
export function nameFields<Required extends boolean>(t: InputFields, required: Required) {
  return {
    name: t.string({ required, description: 'What to call it, 1–200 characters.' }),
    target: t.string({
      description:
        'What to watch: a URL for HTTP, `host:port` for TCP and TLS, a host for PING, a name for DNS; left out for HEARTBEAT only.',
    }),
    kind: t.field({
      type: MonitorKindType,
      required,
      description: 'How to watch it; a HEARTBEAT stays one, and nothing else becomes one.',
    }),
  }
}

export function settingsFields(t: InputFields) {
  return {
    intervalSeconds: t.int({ description: 'How often to check, 10–86,400; 60 by default.' }),
    timeoutMs: t.int({
      description:
        'How long a check may take, 100–30,000 and at most the interval; 10,000 by default.',
    }),
    regions: t.stringList({
      description:
        'From where to check: `local`, the agent inside this server, or the region of a probe that is yours or shared, if it can run the kind; at most 20, `local` alone by default.',
    }),
    quorum: t.int({
      description: 'How many regions must find it down; null for a strict majority.',
    }),
    failureThreshold: t.int({
      description:
        'How many failures in a row make a region vote DOWN, 1–20; 3 by default, 1 for HEARTBEAT.',
    }),
    recoveryThreshold: t.int({
      description: 'How many successes in a row make it vote UP again, 1–20; 1 by default.',
    }),
    latencyThresholdMs: t.int({
      description: 'What takes longer is slow, at most the timeout; null if nothing is.',
    }),
    slowThreshold: t.int({
      description: 'How many slow checks in a row make a region vote SLOW, 1–20; 3 by default.',
    }),
    normalThreshold: t.int({
      description: 'How many normal ones in a row end that, 1–20; 3 by default.',
    }),
    alertEmail: t.string({ description: 'Who to tell; null for whoever made it.' }),
    certificateAlerts: t.boolean({
      description:
        'Warn 30, 14, 7, 3 and 1 days before a certificate that the target presents expires; true by default.',
    }),
    http: t.field({ type: MonitorHttpInput, description: 'For kind HTTP only: what to ask.' }),
    tcp: t.field({ type: MonitorTcpInput, description: 'For kind TCP only: what to say.' }),
    ping: t.field({ type: MonitorPingInput, description: 'For kind PING only: how to ping.' }),
    dns: t.field({ type: MonitorDnsInput, description: 'For kind DNS only: what to ask.' }),
    tls: t.field({ type: MonitorTlsInput, description: 'For kind TLS only: what to expect.' }),
    heartbeat: t.field({
      type: MonitorHeartbeatInput,
      description: 'For kind HEARTBEAT only: when the job is to call.',
    }),
    assertions: t.field({
      type: [AssertionInput],
      description: 'What must hold of every answer, at most 20; none for HEARTBEAT.',
    }),
  }
}
