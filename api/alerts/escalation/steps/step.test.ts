import { describe, expect, it } from 'vitest'
import type { Recipient } from '../../audience/audience.ts'
import type { Policy } from '../policy.ts'
import { type DueStep, reopenEntry, stepEntry, takeStep } from './step.ts'

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
    type: 'DOWN',
  },
  policy,
  step: 0,
  isAcknowledged: false,
  round: 1,
  justTold: [],
}

describe('a step', () => {
  it.each([
    [0, ['ops'], 10],
    [1, ['dev', 'ops'], 0],
    [2, ['ops'], 10],
    [3, ['dev', 'ops'], null],
  ])(
    '%i of two steps, once repeated, tells %o, and the next is due in %o minutes',
    (step, channelIds, nextInMinutes) => {
      expect(takeStep({ ...due, step })).toEqual({ channelIds, nextStep: step + 1, nextInMinutes })
    },
  )

  it('is the last of a policy that is not repeated', () => {
    const once = { ...policy, repeats: 0 }
    expect(takeStep({ ...due, policy: once, step: 1 }).nextInMinutes).toBeNull()
  })

  it('leaves out who was told just before', () => {
    expect(takeStep({ ...due, step: 1, justTold: ['ops'] }).channelIds).toEqual(['dev'])
  })
})

describe('what the timeline says', () => {
  const recipient = (address: string): Recipient => ({
    channel: 'SLACK',
    channelId: address,
    address,
    quiet: null,
  })
  const textOf = (one: DueStep, recipients: Recipient[]) =>
    stepEntry(one, takeStep(one), recipients, 7)?.text

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
