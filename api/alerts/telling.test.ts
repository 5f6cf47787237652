import { describe, expect, it } from 'vitest'
import type { AlertType } from '../../generated/prisma/enums.ts'
import type { News } from './alert.ts'
import type { Listener, Recipient, Route, Topics } from './audience/audience.ts'
import { decideAlerts, decideInstead, type Telling } from './telling.ts'
import { fairWeather } from './withholding/withholding.ts'

const night = { timeZone: 'UTC', hours: { from: 22 * 60, to: 7 * 60 } }
const NOON = Date.parse('2026-11-20T12:00:00Z')
const MIDNIGHT = Date.parse('2026-11-21T00:00:00Z')

const ada = mailbox('ada')
const bob = mailbox('bob')
const slack: Recipient = { channel: 'SLACK', channelId: 'c1', address: 'slack', quiet: null }
const pager: Recipient = { channel: 'PAGERDUTY', channelId: 'c2', address: 'pager', quiet: null }
/** Ada's own channel, which knows when she sleeps. */
const adas: Recipient = { ...ada, channelId: 'c3', quiet: night }

function mailbox(name: string): Recipient {
  return { channel: 'EMAIL', channelId: null, address: name, quiet: null }
}

const all = { onDown: true, onUp: true, onSlow: true, onCertificate: true, slowThresholdMs: null }
const route = (recipient: Recipient, topics: Partial<Topics> = {}): Route => ({
  recipient,
  ...all,
  ...topics,
})
const told = (recipient: Recipient): Listener => ({ recipient, isWithheld: false })
const untold = (recipient: Recipient): Listener => ({ recipient, isWithheld: true })

type Known = {
  candidates?: Recipient[]
  routes?: Route[]
  listeners?: Listener[]
  maintenanceUntil?: number
  isOutage?: boolean
  latencyMs?: number
  /** What tells that it is over; null where it never was. */
  ended?: AlertType | null
}

function audience({ candidates = [], routes = [], listeners = [], ...known }: Known) {
  const { maintenanceUntil = null, isOutage = true, latencyMs, ended } = known
  const ending = { news: news(ended ?? 'UP'), isRetracted: ended === null, told: [] }
  const condition = { ...fairWeather, maintenanceUntil }
  return {
    candidates: new Map([['m1', candidates]]),
    routes: new Map([['m1', routes]]),
    listeners: new Map([['i1', listeners]]),
    conditions: new Map([['m1', condition]]),
    outages: new Set(isOutage ? ['i1'] : []),
    latencies: new Map(latencyMs === undefined ? [] : [['m1', latencyMs]]),
    endings: new Map(ended === undefined ? [] : [['i1', ending]]),
  }
}

function news(type: AlertType): News {
  const place = { workspaceId: 'w1', monitorId: 'm1', incidentId: 'i1' }
  return { ...place, transitionId: type, daysLeft: null, latencyMs: null, type }
}

/** `DOWN ada` goes out, `(UP ada NOT_TOLD)` is withheld, `-DOWN` finds nobody. */
function inWords({ alerts, unheard }: Telling): string[] {
  const intents = alerts.map(({ type, recipient: { address }, gate }) =>
    gate.isOpen ? `${type} ${address}` : `(${type} ${address} ${gate.reason})`,
  )
  return [...intents, ...unheard.map(({ type }) => `-${type}`)]
}

describe('decideAlerts', () => {
  it.each<[string, AlertType[], Known, string[]]>([
    ['tells the first mailbox alone', ['DOWN'], { candidates: [ada, bob] }, ['DOWN ada']],
    [
      'and every channel that hears of it',
      ['DOWN'],
      { candidates: [ada], routes: [route(slack), route(pager)] },
      ['DOWN slack', 'DOWN pager', 'DOWN ada'],
    ],
    [
      'a channel hears only what its settings say',
      ['DOWN', 'SLOW', 'CERTIFICATE_EXPIRY'],
      { routes: [route(slack, { onDown: false }), route(pager, { onSlow: false })] },
      ['DOWN pager', 'SLOW slack', 'CERTIFICATE_EXPIRY slack', 'CERTIFICATE_EXPIRY pager'],
    ],
    [
      'writes once to a mailbox that is a contact too, as the contact wants it',
      ['DOWN'],
      { candidates: [ada], routes: [route(adas)] },
      ['DOWN ada'],
    ],
    [
      'tells slow news from the threshold of each channel on',
      ['SLOW'],
      {
        latencyMs: 800,
        routes: [route(slack, { slowThresholdMs: 800 }), route(pager, { slowThresholdMs: 801 })],
      },
      ['SLOW slack'],
    ],
    [
      'rather than not, where nobody knows how slow it is',
      ['SLOW'],
      { routes: [route(slack, { slowThresholdMs: 800 })] },
      ['SLOW slack'],
    ],
    [
      'tells the end to whoever was told the beginning, and nobody else',
      ['UP'],
      { candidates: [ada, bob], routes: [route(slack)], listeners: [told(bob), told(pager)] },
      ['UP bob', 'UP pager'],
    ],
    [
      'except where the channel wants no ends',
      ['UP'],
      {
        candidates: [bob],
        routes: [route(slack, { onUp: false })],
        listeners: [told(slack), told(bob)],
      },
      ['UP bob'],
    ],
    [
      'writes to nobody who has left meanwhile, but to the first who is there',
      ['UP'],
      { candidates: [ada], listeners: [told(bob)] },
      ['UP ada'],
    ],
    ['and to nobody where nobody is', ['UP'], { listeners: [told(bob)] }, []],
    [
      'tells both where both are news',
      ['DOWN', 'UP'],
      { candidates: [ada], routes: [route(slack)] },
      ['DOWN slack', 'DOWN ada', 'UP slack', 'UP ada'],
    ],
    [
      'tells that somebody is at it as the beginning was told, but not by mail',
      ['ACKNOWLEDGED', 'REOPENED'],
      { candidates: [ada], listeners: [told(ada), told(slack), untold(pager)] },
      [
        'ACKNOWLEDGED slack',
        '(ACKNOWLEDGED pager NOT_TOLD)',
        'REOPENED slack',
        '(REOPENED pager NOT_TOLD)',
      ],
    ],
    ['and to nobody who was told nothing', ['ACKNOWLEDGED'], { routes: [route(slack)] }, []],
    [
      'tells that it is closed as any end',
      ['RESOLVED'],
      { routes: [route(slack, { onUp: false })], listeners: [told(slack), told(pager)] },
      ['RESOLVED pager'],
    ],
    ['says so where there is nobody to tell', ['DOWN', 'UP'], {}, ['-DOWN']],
    [
      'says so where all channels have stopped listening',
      ['DOWN'],
      { routes: [route(slack, { onDown: false })] },
      ['-DOWN'],
    ],
    ['has nothing to take back from nobody', ['UP'], { candidates: [ada] }, []],
    [
      'keeps back what begins in maintenance, and then its end',
      ['DOWN', 'UP'],
      { candidates: [ada], maintenanceUntil: NOON + 1 },
      ['(DOWN ada MAINTENANCE)', '(UP ada NOT_TOLD)'],
    ],
    [
      'tells in maintenance that it is over what began before',
      ['UP'],
      { candidates: [ada], listeners: [told(ada)], maintenanceUntil: NOON + 1 },
      ['UP ada'],
    ],
    [
      'tells the end where the same was told once',
      ['DOWN', 'UP'],
      { candidates: [ada], listeners: [told(ada)], maintenanceUntil: NOON + 1 },
      ['(DOWN ada MAINTENANCE)', 'UP ada'],
    ],
    [
      'keeps the end of what was withheld back',
      ['NORMAL'],
      { candidates: [ada], listeners: [untold(ada), told(slack)] },
      ['(NORMAL ada NOT_TOLD)', 'NORMAL slack'],
    ],
  ])('%s', (_, types, known, expected) => {
    expect(inWords(decideAlerts(types.map(news), audience(known), NOON))).toEqual(expected)
  })

  it.each<[AlertType[], Listener[], string[]]>([
    [['DOWN', 'UP'], [], ['DOWN ada', 'UP ada']],
    [['SLOW', 'NORMAL'], [], ['(SLOW ada QUIET_HOURS)', '(NORMAL ada NOT_TOLD)']],
    [['NORMAL'], [told(adas)], ['(NORMAL ada QUIET_HOURS)']],
    [['CERTIFICATE_EXPIRY'], [], ['(CERTIFICATE_EXPIRY ada QUIET_HOURS)']],
    [['CERTIFICATE_RENEWED'], [told(adas)], ['(CERTIFICATE_RENEWED ada QUIET_HOURS)']],
  ])('lets a contact sleep through all but DOWN: %j', (types, listeners, expected) => {
    const known = audience({ routes: [route(adas)], listeners })
    expect(inWords(decideAlerts(types.map(news), known, MIDNIGHT))).toEqual(expected)
  })
})

describe('decideInstead', () => {
  const failed = (recipient: Recipient) => ({ recipient, isFailed: true })
  const heard = (recipient: Recipient) => ({ recipient, isFailed: false })

  it.each<[string, Parameters<typeof decideInstead>[0][number]['tried'], Known, string[]]>([
    ['the next mailbox', [failed(ada)], { candidates: [ada, bob] }, ['DOWN bob']],
    [
      'even where a channel has heard it',
      [failed(ada), heard(slack)],
      { candidates: [ada, bob] },
      ['DOWN bob'],
    ],
    ['nobody twice', [failed(ada)], { candidates: [ada, { ...ada }] }, ['-DOWN']],
    [
      'a channel where no mailbox is left',
      [failed(ada)],
      { routes: [route(slack)] },
      ['DOWN slack'],
    ],
    ['a mailbox where a channel failed', [failed(slack)], { candidates: [ada] }, ['DOWN ada']],
    [
      'another channel where neither is left',
      [failed(slack), failed(ada)],
      { candidates: [ada], routes: [route(slack), route(pager)] },
      ['DOWN pager'],
    ],
    [
      'nobody else where somebody hears it',
      [failed(slack), heard(ada)],
      { candidates: [ada, bob] },
      [],
    ],
    ['nobody, and says so', [failed(slack), failed(ada)], { candidates: [ada] }, ['-DOWN']],
    [
      'of what is over the end too',
      [failed(ada)],
      { candidates: [ada, bob], ended: 'UP' },
      ['DOWN bob', 'UP bob'],
    ],
    [
      'of what somebody has closed that too',
      [failed(slack)],
      { routes: [route(slack), route(pager)], ended: 'RESOLVED' },
      ['DOWN pager', 'RESOLVED pager'],
    ],
    [
      'no end over a channel that wants none',
      [failed(ada)],
      { routes: [route(slack, { onUp: false })], ended: 'UP' },
      ['DOWN slack'],
    ],
    [
      'neither in maintenance',
      [failed(ada)],
      { candidates: [ada, bob], maintenanceUntil: NOON + 1, ended: 'UP' },
      ['(DOWN bob MAINTENANCE)', '(UP bob NOT_TOLD)'],
    ],
    [
      'nobody of what is over who was told it otherwise',
      [failed(slack)],
      { routes: [route(slack), route(pager)], listeners: [told(pager)], ended: 'UP' },
      [],
    ],
    [
      'nobody of what is over from whom it was withheld otherwise',
      [failed(slack)],
      { routes: [route(slack), route(pager)], listeners: [untold(pager)], ended: 'UP' },
      ['-DOWN'],
    ],
    ['nobody of what never was', [failed(ada)], { candidates: [bob], ended: null }, []],
  ])('tells %s', (_, tried, known, expected) => {
    const families = [{ news: news('DOWN'), round: 0, tried }]
    expect(inWords(decideInstead(families, audience(known), NOON))).toEqual(expected)
  })

  it.each<[string, AlertType[], string[]]>([
    [
      'after all that is told',
      ['DOWN', 'UP', 'DOWN'],
      ['DOWN bob', 'UP bob', 'DOWN bob', 'UP bob'],
    ],
    ['but not once more where that is among it', ['DOWN', 'UP'], ['DOWN bob', 'UP bob']],
  ])('tells the end of what is over %s', (_, types, expected) => {
    const families = types.map((type) => ({ news: news(type), round: 0, tried: [failed(ada)] }))
    const known = audience({ candidates: [ada, bob], ended: 'UP' })
    expect(inWords(decideInstead(families, known, NOON))).toEqual(expected)
  })

  it('tells the end in the next round to whoever had heard it', () => {
    const families = [{ news: news('DOWN'), round: 0, tried: [failed(ada)] }]
    const told = [0, 1].map((round) => ({ news: news('UP'), goal: bob, round, isToCome: false }))
    const endings = new Map([['i1', { news: news('UP'), isRetracted: false, told }]])
    const known = { ...audience({ candidates: [ada, bob] }), endings }
    const { alerts } = decideInstead(families, known, NOON)
    expect(alerts.map(({ type, round }) => `${type} ${round}`)).toEqual(['DOWN 0', 'UP 2'])
  })

  it('tells no other mailbox the end that one hears', () => {
    const families = [{ news: news('UP'), round: 0, tried: [failed(ada), heard(bob)] }]
    const known = audience({ candidates: [ada, bob, { ...bob, address: 'kim' }], ended: 'UP' })
    expect(inWords(decideInstead(families, known, NOON))).toEqual([])
  })

  it('tells nobody else that somebody is at it', () => {
    const families = [{ news: news('ACKNOWLEDGED'), round: 0, tried: [failed(slack)] }]
    const telling = decideInstead(families, audience({ candidates: [ada] }), NOON)
    expect(inWords(telling)).toEqual([])
  })

  it('tells it in the same round, and keeps it back as anything else', () => {
    const families = [{ news: news('DOWN'), round: 2, tried: [failed(ada)] }]
    const known = audience({ candidates: [bob], maintenanceUntil: NOON + 1 })
    expect(decideInstead(families, known, NOON).alerts).toMatchObject([
      { round: 2, recipient: bob, gate: { isOpen: false, reason: 'MAINTENANCE' } },
    ])
  })
})
