import { describe, expect, it } from 'vitest'
import type { IncidentEffect, KnownTransition } from '../incident.ts'
import { entryOf, type InVain, unheardEntry } from './entry.ts'

const at = (time: string) => Date.parse(`2026-11-20T${time}.000Z`)
const NOW = at('04:00:00')

const transition: KnownTransition = {
  id: 't1',
  from: 'DOWN',
  to: 'UP',
  at: at('03:10:00'),
  decidedAt: at('03:10:00'),
  reason: '1 success in a row',
  cause: null,
}
const base = { incidentId: 'i1', kind: 'DOWN', transition } as const

describe('entryOf', () => {
  it.each<[string, IncidentEffect, ReturnType<typeof entryOf>]>([
    [
      'an opening stands at its first failed check',
      { ...base, type: 'OPEN', startedAt: at('03:00:00'), cause: 'Connection refused' },
      { kind: 'OPENED', at: at('03:00:00'), text: 'Connection refused' },
    ],
    [
      'a resolution stands at its first good check',
      { ...base, type: 'RESOLVE', resolvedAt: at('03:10:00') },
      { kind: 'RESOLVED', at: at('03:10:00'), text: '1 success in a row' },
    ],
    [
      'a corrected start stands at its correction',
      { ...base, type: 'MOVE', startedAt: at('02:59:00'), resolvedAt: null, reopens: false },
      {
        kind: 'REVISED',
        at: NOW,
        text: 'Late results showed that it started at 2026-11-20 02:59:00 UTC.',
      },
    ],
    [
      'a corrected window tells both ends',
      {
        ...base,
        type: 'MOVE',
        startedAt: at('02:59:00'),
        resolvedAt: at('03:11:00'),
        reopens: false,
      },
      {
        kind: 'REVISED',
        at: NOW,
        text: 'Late results showed that it started at 2026-11-20 02:59:00 UTC and ended at 2026-11-20 03:11:00 UTC.',
      },
    ],
    [
      'a reopening says that it is not over',
      { ...base, type: 'MOVE', startedAt: at('02:59:00'), resolvedAt: null, reopens: true },
      {
        kind: 'REVISED',
        at: NOW,
        text: 'Late results showed that it is not over: it started at 2026-11-20 02:59:00 UTC.',
      },
    ],
    [
      'a retraction stands at its correction',
      { ...base, type: 'RETRACT', wasResolvedAt: null },
      { kind: 'RETRACTED', at: NOW, text: 'Late results showed that this never happened.' },
    ],
  ])('%s', (_, effect, entry) => {
    expect(entryOf(effect, NOW)).toEqual(entry)
  })
})

describe('unheardEntry', () => {
  const news = { incidentId: 'i1', workspaceId: 'w1', type: 'DOWN' } as const

  const ada = { address: 'ada@example.com', isMail: true }
  const slack = { address: 'Slack (Ops)', isMail: false }
  const many = Array.from({ length: 8 }, (_, index) => ({ ...slack, address: `Slack (${index})` }))

  it.each<[string, InVain, string]>([
    [
      'there was nobody to tell',
      { tried: [], isMailConfigured: true },
      'no address of the monitor, its creator or an owner could be used, and no channel hears of it',
    ],
    [
      'there is no mail, and nothing else',
      { tried: [ada], isMailConfigured: false },
      'mail is not configured, SMTP_URL is not set',
    ],
    [
      'a channel has failed, and the mailbox after it',
      { tried: [slack, ada], isMailConfigured: true },
      'it did not reach Slack (Ops), ada@example.com',
    ],
    [
      'a channel has failed, and there is no mail',
      { tried: [slack, ada], isMailConfigured: false },
      'it did not reach Slack (Ops); mail is not configured, SMTP_URL is not set',
    ],
    [
      'many have failed',
      { tried: many, isMailConfigured: true },
      'it did not reach Slack (0), Slack (1), Slack (2), Slack (3), Slack (4) and 3 more',
    ],
  ])('names what nobody heard, and why: %s', (_, inVain, words) => {
    expect(unheardEntry(news, inVain, NOW)).toMatchObject({
      kind: 'COMMENTED',
      userId: null,
      text: `Nobody was notified (DOWN): ${words}.`,
    })
  })
})
