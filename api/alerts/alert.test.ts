import { describe, expect, it } from 'vitest'
import type { MonitorEffect, KnownTransition } from '../incidents/incident.ts'
import { address, type Audience, decideAlerts, nextRecipient, type Recipient } from './alert.ts'

const ada: Recipient = { channel: 'EMAIL', address: 'ada@example.com' }
const bob: Recipient = { channel: 'EMAIL', address: 'bob@example.com' }

function effect(
  change:
    | { type: 'OPEN' | 'REOPEN' | 'MOVE' }
    | { type: 'RESOLVE'; to: KnownTransition['to'] }
    | { type: 'RETRACT'; wasResolvedAt: number | null },
  kind: MonitorEffect['kind'] = 'DOWN',
): MonitorEffect {
  const to = 'to' in change ? change.to : 'DOWN'
  const transition: KnownTransition = {
    id: 't1',
    from: 'UP',
    to,
    at: 0,
    decidedAt: 0,
    reason: '',
    cause: null,
  }
  const base = { workspaceId: 'w1', monitorId: 'm1', incidentId: 'i1', kind, transition }
  switch (change.type) {
    case 'OPEN':
      return { ...base, type: 'OPEN', startedAt: 0, cause: '' }
    case 'RESOLVE':
      return { ...base, type: 'RESOLVE', resolvedAt: 0 }
    case 'RETRACT':
      return { ...base, type: 'RETRACT', wasResolvedAt: change.wasResolvedAt }
    case 'MOVE':
    case 'REOPEN':
      return {
        ...base,
        type: 'MOVE',
        startedAt: 0,
        resolvedAt: null,
        reopens: change.type === 'REOPEN',
      }
  }
}

const audience: Audience = {
  candidates: new Map([['m1', [ada, bob]]]),
  told: new Map([['i1', [bob]]]),
}
const nobody: Audience = { candidates: new Map(), told: new Map() }

describe('decideAlerts', () => {
  it.each<[string, MonitorEffect, string[]]>([
    ['tells DOWN when a DOWN incident opens', effect({ type: 'OPEN' }), ['DOWN ada']],
    ['tells UP when it resolves', effect({ type: 'RESOLVE', to: 'UP' }), ['UP ada']],
    ['tells UP when it comes back slow', effect({ type: 'RESOLVE', to: 'DEGRADED' }), ['UP ada']],
    ['tells nothing when it is paused', effect({ type: 'RESOLVE', to: 'PAUSED' }), []],
    ['tells SLOW when a LATENCY incident opens', effect({ type: 'OPEN' }, 'LATENCY'), ['SLOW ada']],
    [
      'tells NORMAL when that resolves',
      effect({ type: 'RESOLVE', to: 'UP' }, 'LATENCY'),
      ['NORMAL ada'],
    ],
    ['tells nothing of a corrected instant', effect({ type: 'MOVE' }), []],
    ['tells DOWN again when the recovery never was', effect({ type: 'REOPEN' }), ['DOWN ada']],
    [
      'takes a retracted alarm back from those who were told',
      effect({ type: 'RETRACT', wasResolvedAt: null }),
      ['UP bob'],
    ],
    [
      'says nothing of a retracted incident that everybody knows to be over',
      effect({ type: 'RETRACT', wasResolvedAt: 5 }),
      [],
    ],
  ])('%s', (_, one, told) => {
    const { alerts, unheard } = decideAlerts([one], audience)
    expect(alerts.map(({ type, recipient }) => `${type} ${recipient.address.slice(0, 3)}`)).toEqual(
      told,
    )
    expect(unheard).toEqual([])
  })

  it('says so when there is nobody to tell', () => {
    const effects = [effect({ type: 'OPEN' }), effect({ type: 'RESOLVE', to: 'UP' })]
    expect(decideAlerts(effects, nobody)).toMatchObject({
      alerts: [],
      unheard: [
        { incidentId: 'i1', type: 'DOWN' },
        { incidentId: 'i1', type: 'UP' },
      ],
    })
  })

  it('has nothing to take back from nobody', () => {
    const retracted = effect({ type: 'RETRACT', wasResolvedAt: null })
    expect(decideAlerts([retracted], nobody)).toEqual({ alerts: [], unheard: [] })
  })

  it('tells the best candidate alone, and names the transition', () => {
    expect(decideAlerts([effect({ type: 'OPEN' })], audience).alerts).toEqual([
      {
        workspaceId: 'w1',
        monitorId: 'm1',
        incidentId: 'i1',
        transitionId: 't1',
        daysLeft: null,
        type: 'DOWN',
        recipient: ada,
      },
    ])
  })
})

describe('address', () => {
  const news = {
    workspaceId: 'w1',
    monitorId: 'm1',
    incidentId: 'i1',
    transitionId: null,
    daysLeft: 7,
    type: 'CERTIFICATE_EXPIRY',
  } as const

  it('tells the best candidate alone, and says what nobody could be told', () => {
    const nobodys = { ...news, monitorId: 'm9' }
    expect(address([news, nobodys], new Map([['m1', [bob, ada]]]))).toEqual({
      alerts: [{ ...news, recipient: bob }],
      unheard: [nobodys],
    })
  })
})

describe('nextRecipient', () => {
  it('goes down the line and ends', () => {
    expect(nextRecipient([ada, bob], [])).toBe(ada)
    expect(nextRecipient([ada, bob], [ada])).toBe(bob)
    expect(nextRecipient([ada, bob], [bob, ada])).toBeNull()
  })

  it('does not write twice to one who stands in the line twice', () => {
    expect(nextRecipient([ada, { ...ada }], [ada])).toBeNull()
  })
})
