import { assertObjectType, isObjectType } from 'graphql'
import { describe, expect, it } from 'vitest'
import { schema } from './schema.ts'

/** What clients were promised by name. More may be added; nothing of this may go. */
const fieldsOf = {
  Query: 'viewer node monitor monitors incident incidents alerts probes',
  Mutation: `signUp signIn signOut createApiKey revokeApiKey createMonitor updateMonitor deleteMonitor
    pauseMonitor resumeMonitor testMonitor acknowledgeIncident commentIncident resolveIncident
    registerProbe rotateProbeSecret revokeProbe`,
  Subscription: 'changes monitorStatusChanged incidentChanged alertChanged checkRecorded',
  Change: 'cursor at kind action id node',
  Monitor: `id name kind target status intervalSeconds timeoutMs isActive regions lastCheckedAt createdAt
    uptime uptimeDays latency checks incidents votes`,
  Uptime: `from to ratio upSeconds degradedSeconds downSeconds maintenanceSeconds pausedSeconds
    unknownSeconds`,
  LatencyPoint: 'p50 p95 p99 count',
  Check: `id region outcome scheduledAt checkedAt httpStatus errorKind message dnsOk tlsOk contentOk
    latencyMs phases`,
  CheckPhases: 'resolveMs connectMs tlsMs processingMs transferMs',
  Incident: `id kind status monitor startedAt acknowledgedAt acknowledgedBy resolvedAt secondsToResolve
    cause screenshotUrl timeline alerts`,
  Alert: 'id incident type channel recipient status attempts error createdAt sentAt',
  SignUpPayload: 'token user',
  SignInPayload: 'token user',
  RegisterProbePayload: 'probe secret',
  RotateProbeSecretPayload: 'probe secret',
  RevokeProbePayload: 'probe',
  CreateMonitorPayload: 'monitor',
  TestMonitorPayload: 'checks',
}

const argumentsOf = {
  'Query.monitors': 'first after filter',
  'Query.incidents': 'first after filter',
  'Query.alerts': 'first after filter',
  'Subscription.changes': 'after',
  'Subscription.monitorStatusChanged': 'monitorIds',
  'Subscription.incidentChanged': 'monitorId',
  'Subscription.checkRecorded': 'monitorId',
  'Monitor.uptime': 'from to',
  'Monitor.uptimeDays': 'days timeZone',
  'Monitor.latency': 'from to points',
  'Monitor.checks': 'first after from to region',
  'Monitor.incidents': 'first after',
}

const words = (text: string) => text.trim().split(/\s+/)

describe('the contract', () => {
  it.each(Object.entries(fieldsOf))('%s has its fields', (name, fields) => {
    const type = schema.getType(name)
    expect(isObjectType(type) && Object.keys(type.getFields())).toEqual(
      expect.arrayContaining(words(fields)),
    )
  })

  it.each(Object.entries(argumentsOf))('%s takes its arguments', (coordinate, names) => {
    const [typeName = '', fieldName = ''] = coordinate.split('.')
    const field = assertObjectType(schema.getType(typeName)).getFields()[fieldName]
    expect(field?.args.map(({ name }) => name)).toEqual(expect.arrayContaining(words(names)))
  })

  it('tells monitors of one call apart by the same input, saved or only tried', () => {
    const created = schema.getType('CreateMonitorInput')
    const tried = schema.getType('TestMonitorInput')
    const names = (type: unknown) =>
      Object.keys((type as { getFields(): object }).getFields()).toSorted()
    expect(names(created)).toEqual(
      expect.arrayContaining(
        words(`name kind target intervalSeconds timeoutMs regions quorum failureThreshold
          recoveryThreshold latencyThresholdMs slowThreshold normalThreshold alertEmail http assertions`),
      ),
    )
    expect(names(tried)).toEqual(names(created))
  })
})
