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
