import { expect, it } from 'vitest'
import type { KnownTransition, MonitorEffect } from '../incidents/incident.ts'
import { newsOf } from './alert.ts'

function effect(
  change:
    | { type: 'OPEN' | 'REOPEN' | 'MOVE' }
    | { type: 'RESOLVE'; to: KnownTransition['to'] }
    | { type: 'RETRACT'; wasResolvedAt: number | null },
  kind: MonitorEffect['kind'] = 'DOWN',
): MonitorEffect {
  const to = 'to' in change ? change.to : 'DOWN'
  const times = { at: 0, decidedAt: 0 }
  const transition = { id: 't1', from: 'UP', to, ...times, reason: '', cause: null } as const
  const base = { workspaceId: 'w1', monitorId: 'm1', incidentId: 'i1', kind, transition }
  switch (change.type) {
    case 'OPEN':
      return { ...base, type: 'OPEN', startedAt: 0, cause: '' }
    case 'RESOLVE':
      return { ...base, type: 'RESOLVE', resolvedAt: 0 }
    case 'RETRACT':
      return { ...base, type: 'RETRACT', wasResolvedAt: change.wasResolvedAt }
    case 'MOVE':
    case 'REOPEN': {
      const reopens = change.type === 'REOPEN'
      return { ...base, type: 'MOVE', startedAt: 0, resolvedAt: null, reopens }
    }
  }
}

it.each<[string, MonitorEffect, string[]]>([
  ['DOWN when a DOWN incident opens', effect({ type: 'OPEN' }), ['DOWN']],
  ['UP when it resolves', effect({ type: 'RESOLVE', to: 'UP' }), ['UP']],
  ['UP when it comes back slow', effect({ type: 'RESOLVE', to: 'DEGRADED' }), ['UP']],
  ['that it is closed when it is paused', effect({ type: 'RESOLVE', to: 'PAUSED' }), ['RESOLVED']],
  ['SLOW when a LATENCY incident opens', effect({ type: 'OPEN' }, 'LATENCY'), ['SLOW']],
  ['NORMAL when that resolves', effect({ type: 'RESOLVE', to: 'UP' }, 'LATENCY'), ['NORMAL']],
  ['nothing of a corrected instant', effect({ type: 'MOVE' }), []],
  ['DOWN again when the recovery never was', effect({ type: 'REOPEN' }), ['DOWN']],
  ['UP when it never was', effect({ type: 'RETRACT', wasResolvedAt: null }), ['UP']],
  ['nothing of what all know to be over', effect({ type: 'RETRACT', wasResolvedAt: 5 }), []],
])('tells %s', (_, one, types) => {
  expect(newsOf([one]).map(({ type }) => type)).toEqual(types)
})

it('names the transition', () => {
  expect(newsOf([effect({ type: 'OPEN' })])).toEqual([
    {
      workspaceId: 'w1',
      monitorId: 'm1',
      incidentId: 'i1',
      transitionId: 't1',
      daysLeft: null,
      latencyMs: null,
      type: 'DOWN',
    },
  ])
})
