import { expect, it } from 'vitest'
import { type ToldNotice, writeNoticeMail } from './notice-mail.ts'

const notice: ToldNotice = {
  kind: 'PROBE_SILENT',
  region: 'berlin-2',
  text: 'No sync since 2026-11-20 03:00 UTC.',
  startedAt: Date.parse('2026-11-20T03:03:00Z'),
  resolvedAt: null,
}
const write = (change: Partial<ToldNotice> = {}, timeZone = 'UTC') =>
  writeNoticeMail(
    { notice: { ...notice, ...change }, workspaceName: 'Lighthouse <script>', timeZone },
    'https://pharos.example.com',
  )

it('says which probe is silent, since when, and that no monitor is blamed', () => {
  const { subject, text, html } = write()
  expect(subject).toBe('The probe of berlin-2 has fallen silent')
  expect(text).toContain('No sync since 2026-11-20 03:00 UTC.')
  expect(text).toContain('Since:     2026-11-20 03:03:00 UTC')
  expect(text).toContain('No incident was opened for it')
  expect(text).not.toMatch(/Over since|Token|null/)
  expect(html).not.toContain('<script>')
})

it('says that a region has lost its own network, and that it is over', () => {
  const resolvedAt = Date.parse('2026-11-20T03:13:00Z')
  const { subject, text } = write({ kind: 'REGION_UNHEALTHY', region: 'weur', resolvedAt })
  expect(subject).toBe('weur has lost its own network')
  expect(text).toContain('Over since: 2026-11-20 03:13:00 UTC')
})

it('tells the time where its reader is', () => {
  const { text } = write({ resolvedAt: Date.parse('2026-11-20T03:13:00Z') }, 'Europe/Paris')
  expect(text).toContain('Since:      2026-11-20 04:03:00 +01:00 (Europe/Paris)')
  expect(text).toContain('Over since: 2026-11-20 04:13:00 +01:00 (Europe/Paris)')
})

it('says that a channel is gone, by its name', () => {
  const { subject, text } = write({ kind: 'CHANNEL_DISABLED', region: 'Ops', text: 'no_service' })
  expect(subject).toBe('Pharos tells nobody over Ops any more')
  expect(text).toContain('Channel:   Ops')
})
