import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MonitorStatus } from '../../generated/prisma/enums.ts'
import {
  decideIncidents,
  type IncidentEffect,
  type KnownTransition,
  type StoredIncident,
} from './incident.ts'
import { numbered, transition } from './testing/story.ts'

describe('any story', () => {
  const statuses = ['UP', 'DEGRADED', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'PAUSED'] as const
  // No two transitions hold from one instant.
  const story = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(...statuses)), {
      maxLength: 12,
    })
    .map((steps) => {
      let second = 0
      let from: MonitorStatus = 'PENDING'
      return steps.flatMap(([later, to]) => {
        second += later
        if (to === from) return []
        const told = transition(`${second} ${from}>${to}`)
        from = to
        return [told]
      })
    })

  const apply = (incidents: StoredIncident[], effects: IncidentEffect[]): StoredIncident[] =>
    effects.reduce((list, effect) => {
      const { incidentId: id, kind } = effect
      switch (effect.type) {
        case 'OPEN':
          return [...list, { id, kind, startedAt: effect.startedAt, resolvedAt: null }]
        case 'RETRACT':
          return list.filter((one) => one.id !== id)
        case 'RESOLVE':
          return list.map((one) =>
            one.id === id ? { ...one, resolvedAt: effect.resolvedAt } : one,
          )
        case 'MOVE': {
          const { startedAt, resolvedAt } = effect
          return list.map((one) => (one.id === id ? { ...one, startedAt, resolvedAt } : one))
        }
      }
    }, incidents)

  const tellAtOnce = (transitions: KnownTransition[]) =>
    apply([], decideIncidents({ known: [], transitions, superseded: [] }, numbered()))

  const windows = (incidents: StoredIncident[]) =>
    incidents.map(({ kind, startedAt, resolvedAt }) => `${kind} ${startedAt}-${resolvedAt}`).sort()

  it('gives the same incidents told transition by transition as told at once', () => {
    fc.assert(
      fc.property(story, (transitions) => {
        const newId = numbered()
        const told = transitions.reduce<StoredIncident[]>(
          (known, one) =>
            apply(known, decideIncidents({ known, transitions: [one], superseded: [] }, newId)),
          [],
        )
        expect(windows(told)).toEqual(windows(tellAtOnce(transitions)))
      }),
    )
  })

  it('gives the same incidents after a revision as if it had been told so from the start', () => {
    fc.assert(
      fc.property(story, story, (before, after) => {
        const kept = new Set(after.map(({ id }) => id))
        const superseded = before.filter(({ id }) => !kept.has(id))
        const known = tellAtOnce(before)
        const effects = decideIncidents(
          { known, transitions: after, superseded },
          numbered('added'),
        )
        expect(windows(apply(known, effects))).toEqual(windows(tellAtOnce(after)))
      }),
    )
  })

  it('says nothing more when asked again', () => {
    fc.assert(
      fc.property(story, (transitions) => {
        const known = tellAtOnce(transitions)
        expect(decideIncidents({ known, transitions, superseded: [] }, numbered())).toEqual([])
      }),
    )
  })
})
