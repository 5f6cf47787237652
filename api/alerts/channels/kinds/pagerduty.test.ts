import { expect, it } from 'vitest'
import type { AlertType, IncidentKind } from '../../../../generated/prisma/enums.ts'
import { setUps, wayOf } from '../../../../test/receivers/channels.ts'
import { noticeContent, noticeOf } from '../../../../test/receivers/notices.ts'
import type { Content } from '../content.ts'
import { pagerduty } from './pagerduty.ts'

async function eventOf(content: Content) {
  const { secrets } = setUps.PAGERDUTY
  const way = { ...wayOf('PAGERDUTY'), settings: { region: 'EU' } as const, secrets }
  const { body } = await pagerduty.compose(content, way)
  return JSON.parse(body)
}

it.each<[AlertType, string]>([
  ['DOWN', 'trigger'],
  ['ACKNOWLEDGED', 'acknowledge'],
  ['REOPENED', 'trigger'],
  ['UP', 'resolve'],
  ['RESOLVED', 'resolve'],
])('%s says %s of the one incident', async (type, action) => {
  expect(await eventOf(noticeContent(type))).toMatchObject({
    event_action: action,
    dedup_key: noticeOf('DOWN').incidentId,
  })
})

it.each<[AlertType, IncidentKind, string]>([
  ['DOWN', 'DOWN', 'critical'],
  ['REOPENED', 'DOWN', 'critical'],
  ['SLOW', 'LATENCY', 'warning'],
  ['REOPENED', 'LATENCY', 'warning'],
  ['UP', 'DOWN', 'info'],
])('%s of what is %s is %s', async (type, incidentKind, severity) => {
  const { payload } = await eventOf(noticeContent(type, { incidentKind }))
  expect(payload.severity).toBe(severity)
})

it.each<[AlertType, boolean, string[]]>([
  ['DOWN', false, ['trigger']],
  ['DOWN', true, ['resolve', 'trigger']],
  ['REOPENED', false, ['trigger']],
  ['REOPENED', true, ['resolve', 'trigger']],
  ['ACKNOWLEDGED', true, ['acknowledge']],
  ['UP', true, ['resolve']],
])(
  '%s, acknowledged there: %s, wakes somebody by %o',
  async (type, isAcknowledgedThere, events) => {
    const steps = pagerduty.stepsOf?.(noticeContent(type, { isAcknowledgedThere })) ?? []
    const sent = await Promise.all(steps.map(eventOf))
    expect(sent.map((event) => event.event_action)).toEqual(events)
    expect(new Set(sent.map((event) => event.dedup_key)).size).toBe(1)
  },
)
