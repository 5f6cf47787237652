import { describe, expect, it } from 'vitest'
import type { Audience, Recipient } from '../../audience/audience.ts'
import type { Gate } from '../../withholding/withholding.ts'
import type { Policy } from '../policy.ts'
import { decideStep, type DueStep, exceptCalled, reopenEntry, stepEntry } from './step.ts'

const policy: Policy = {
  steps: [
    { afterMinutes: 0, channelIds: ['ops'] },
    { afterMinutes: 10, channelIds: ['dev', 'ops'] },
  ],
  repeats: 1,
  acknowledgementMinutes: 30,
}

const due: DueStep = {
  news: {
    workspaceId: 'w',
    monitorId: 'm',
    incidentId: 'i',
    transitionId: null,
    daysLeft: null,
    latencyMs: null,
    type: 'DOWN',
  },
  policy,
  step: 0,
  isAcknowledged: false,
  round: 1,
  justTold: [],
  toldAt: null,
  isWithheld: false,
}

const open = { isOpen: true } as const
const recipient = (address: string): Recipient => ({
  channel: 'SLACK',
  channelId: address,
  address,
  quiet: null,
})
const NOW = 60 * 60_000
const minutes = (count: number) => NOW + count * 60_000

const take = (change: Partial<DueStep>) => {
  const decision = decideStep({ ...due, ...change }, open, NOW)
  return decision.deed === 'TAKE' ? decision : null
}

describe('a step', () => {
  it.each([
    [0, ['ops'], minutes(10)],
    [1, ['dev', 'ops'], NOW],
    [2, ['ops'], minutes(10)],
    [3, ['dev', 'ops'], null],
  ])(
    '%i of two steps, once repeated, tells %o, and the next is due at %o',
    (step, channelIds, dueAt) => {
      expect(take({ step })).toEqual({ deed: 'TAKE', channelIds, nextStep: step + 1, dueAt })
    },
  )

  it('is the last of a policy that is not repeated', () => {
    expect(take({ policy: { ...policy, repeats: 0 }, step: 1 })?.dueAt).toBeNull()
  })

  it('leaves out who was told just before', () => {
    expect(take({ step: 1, justTold: ['ops'] })?.channelIds).toEqual(['dev'])
  })
})

describe('a step waits', () => {
  const patient = {
    ...due,
    policy: { ...policy, steps: [{ afterMinutes: 5, channelIds: ['ops'] }] },
  }
  const shut = (reviewAt: number): Gate => ({ isOpen: false, reason: 'MAINTENANCE', reviewAt })

  it.each<[string, Partial<DueStep>, Gate, number | null]>([
    ['for a shut gate, whichever step it is', { step: 1, toldAt: 0 }, shut(NOW + 1), NOW + 1],
    ['a minute for one that may open early', {}, shut(minutes(30)), minutes(1)],
    ['for what is let go any moment', { isWithheld: true }, open, NOW + 5_000],
    ['its time after the first were told', { toldAt: minutes(-5) + 1 }, open, NOW + 1],
    ['no longer than that', { toldAt: minutes(-5) }, open, null],
    ['no time where others were called before', { toldAt: NOW, step: 1 }, open, null],
    ['for nobody where there was nobody to tell', {}, open, null],
  ])('%s', (_, change, gate, dueAt) => {
    const decision = decideStep({ ...patient, ...change }, gate, NOW)
    expect(decision.deed === 'WAIT' ? decision.dueAt : null).toBe(dueAt)
  })
})

it('tells nobody by itself what they hear as they are called for the same incident', () => {
  const told = ['ops', 'dev'].map((name) => ({ recipient: recipient(name), isWithheld: false }))
  const [, dev] = told
  const audience: Audience = {
    candidates: new Map(),
    routes: new Map(),
    listeners: new Map(['i', 'another'].map((id) => [id, told])),
    conditions: new Map(),
    outages: new Set(),
    latencies: new Map(),
  }
  const calls = [{ due, channelIds: ['ops'], recipients: [recipient('ops')] }]
  expect([...exceptCalled(audience, calls).listeners]).toEqual([
    ['i', [dev]],
    ['another', told],
  ])
})

describe('what the timeline says', () => {
  const textOf = (one: DueStep, recipients: Recipient[]) =>
    stepEntry(one, take(one)?.channelIds ?? [], recipients, 7)?.text

  it.each([
    [0, ['Ops'], 'Nobody is at it. Step 1, told: Ops.'],
    [3, ['Dev', 'Ops'], 'Nobody is at it. Step 2, told: Dev, Ops.'],
    [1, [], 'Nobody is at it. Step 2, none of its channels works.'],
  ])('after %i steps, of %o: %s', (step, names, text) => {
    expect(textOf({ ...due, step }, names.map(recipient))).toBe(text)
  })

  it('is nothing where everybody had been told just before', () => {
    expect(textOf({ ...due, justTold: ['ops'] }, [])).toBeUndefined()
  })

  it('tells how long an acknowledgement held', () => {
    expect(reopenEntry(due, 7)).toEqual({
      workspaceId: 'w',
      incidentId: 'i',
      kind: 'REOPENED',
      at: 7,
      userId: null,
      text: 'The acknowledgement held for 30 minutes, and it is not over.',
    })
  })
})
