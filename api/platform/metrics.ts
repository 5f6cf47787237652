import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Metrics = ReturnType<typeof createMetrics>

/** What /metrics tells: base units, names as Prometheus has them, one registry per app. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return { registry, ...ofWork(registers), ...ofCallers(registers), ...ofServers(registers) }
}

function ofWork(registers: Registry[]) {
  return {
    checksTotal: new Counter({
      name: 'pharos_checks_total',
      help: 'Check results recorded, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    startLagSeconds: new Histogram({
      name: 'pharos_check_start_lag_seconds',
      help: 'How long after its due instant a check started.',
      buckets: SECONDS,
      registers,
    }),
    decisionSeconds: new Histogram({
      name: 'pharos_decision_batch_seconds',
      help: 'How long recording and deciding one batch of results took.',
      buckets: SECONDS,
      registers,
    }),
    alertsTotal: new Counter({
      name: 'pharos_deliveries_total',
      help: 'Attempts to deliver an alert or account mail, by channel and how it went.',
      labelNames: ['channel', 'outcome'],
      registers,
    }),
    slotLateSeconds: new Gauge({
      name: 'pharos_oldest_due_slot_late_seconds',
      help: 'How late the oldest due check is that nobody has claimed; 0 when none is.',
      registers,
    }),
    alertLateSeconds: new Gauge({
      name: 'pharos_oldest_due_alert_late_seconds',
      help: 'How late the oldest due alert or account mail is; 0 when none is.',
      registers,
    }),
  }
}

function ofCallers(registers: Registry[]) {
  return {
    httpSeconds: new Histogram({
      name: 'pharos_http_request_duration_seconds',
      help: 'HTTP requests by method and status class.',
      labelNames: ['method', 'status'],
      buckets: SECONDS,
      registers,
    }),
    sockets: new Gauge({
      name: 'pharos_sockets',
      help: 'Connections that stay open for subscriptions, by transport: websocket or sse.',
      labelNames: ['transport'],
      registers,
    }),
    subscriptions: new Gauge({
      name: 'pharos_subscriptions',
      help: 'Subscriptions that are being told what happens, on all transports.',
      registers,
    }),
  }
}

/** Of PostgreSQL and Redis, as this process sees them. */
function ofServers(registers: Registry[]) {
  return {
    poolConnections: new Gauge({
      name: 'pharos_postgres_pool_connections',
      help: 'Connections of the pool: open, idle, and callers waiting for one.',
      labelNames: ['state'],
      registers,
    }),
    redisUp: new Gauge({
      name: 'pharos_redis_up',
      help: 'Whether Redis answers: 1 or 0; NaN where none is configured.',
      registers,
    }),
    droppedWakes: new Counter({
      name: 'pharos_dropped_wakes_total',
      help: 'Wakes that Redis did not take for other processes: their readers come by polling.',
      registers,
    }),
  }
}
