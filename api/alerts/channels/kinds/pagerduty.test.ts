import { expect, it } from 'vitest'
import type { AlertType } from '../../../../generated/prisma/enums.ts'
import { setUps, wayOf } from '../../../../test/receivers/channels.ts'
import { noticeContent, noticeOf } from '../../../../test/receivers/notices.ts'
import { pagerduty } from './pagerduty.ts'

it.each<[AlertType, string]>([
  ['DOWN', 'trigger'],
  ['ACKNOWLEDGED', 'acknowledge'],
  ['REOPENED', 'trigger'],
  ['UP', 'resolve'],
  ['RESOLVED', 'resolve'],
])('%s says %s of the one incident', async (type, action) => {
  const { secrets } = setUps.PAGERDUTY
  const way = { ...wayOf('PAGERDUTY'), settings: { region: 'EU' } as const, secrets }
  const { body } = await pagerduty.compose(noticeContent(type), way)
  expect(JSON.parse(body)).toMatchObject({
    event_action: action,
    dedup_key: noticeOf('DOWN').incidentId,
  })
})
