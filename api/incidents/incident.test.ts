import { describe, expect, it } from 'vitest'
import {
  decideIncidents,
  type FollowedKind,
  type IncidentEffect,
  type StoredIncident,
} from './incident.ts'
import { numbered, transition } from './testing/story.ts'

/** `a DOWN 100-160`, or `a DOWN 100-` while it is open. */
function incident(sentence: string): StoredIncident {
  const [id, kind, times] = sentence.split(' ') as [string, FollowedKind, string]
  const [startedAt, resolvedAt] = times.split('-') as [string, string]
  return {
    id,
    kind,
    startedAt: Number(startedAt) * 1000,
    resolvedAt: resolvedAt === '' ? null : Number(resolvedAt) * 1000,
  }
}

function say(effect: IncidentEffect): string {
  const seconds = (at: number | null) => (at === null ? '' : at / 1000)
  const { type, incidentId, kind } = effect
  switch (effect.type) {
    case 'OPEN':
      return `${type} ${incidentId} ${kind} ${seconds(effect.startedAt)}`
    case 'RESOLVE':
      return `${type} ${incidentId} ${kind} ${seconds(effect.resolvedAt)}`
    case 'MOVE':
      return `${effect.reopens ? 'REOPEN' : type} ${incidentId} ${kind} ${seconds(effect.startedAt)}-${seconds(effect.resolvedAt)}`
    case 'RETRACT':
      return `${type} ${incidentId} ${kind}${effect.wasResolvedAt === null ? ' while open' : ''}`
  }
}

type Sentence = {
  it: string
  known?: string[]
  transitions: string[]
  superseded?: string[]
  gives: string[]
}

const sentences: Sentence[] = [
  {
    it: 'opens a DOWN incident, dated at the first failed check',
    transitions: ['100 UP>DOWN'],
    gives: ['OPEN new1 DOWN 100'],
  },
  {
    it: 'resolves it at the recovery',
    known: ['a DOWN 100-'],
    transitions: ['160 DOWN>UP'],
    gives: ['RESOLVE a DOWN 160'],
  },
  {
    it: 'opens a LATENCY incident when a monitor becomes slow',
    transitions: ['100 UP>DEGRADED'],
    gives: ['OPEN new1 LATENCY 100'],
  },
  {
    it: 'resolves the LATENCY incident when it is normal again',
    known: ['a LATENCY 100-'],
    transitions: ['160 DEGRADED>UP'],
    gives: ['RESOLVE a LATENCY 160'],
  },
  {
    it: 'keeps the LATENCY incident open while the slow monitor is down',
    known: ['a LATENCY 100-'],
    transitions: ['160 DEGRADED>DOWN'],
    gives: ['OPEN new1 DOWN 160'],
  },
  {
    it: 'resolves DOWN but not LATENCY when it comes back slow',
    known: ['a LATENCY 100-', 'b DOWN 160-'],
    transitions: ['200 DOWN>DEGRADED'],
    gives: ['RESOLVE b DOWN 200'],
  },
  {
    it: 'opens LATENCY after resolving DOWN when it comes back slow for the first time',
    known: ['a DOWN 100-'],
    transitions: ['200 DOWN>DEGRADED'],
    gives: ['RESOLVE a DOWN 200', 'OPEN new1 LATENCY 200'],
  },
  {
    it: 'resolves both when it comes back fast',
    known: ['a LATENCY 100-', 'b DOWN 160-'],
    transitions: ['200 DOWN>UP'],
    gives: ['RESOLVE b DOWN 200', 'RESOLVE a LATENCY 200'],
  },
  {
    it: 'resolves both when it is paused',
    known: ['a LATENCY 100-', 'b DOWN 160-'],
    transitions: ['200 DOWN>PAUSED'],
    gives: ['RESOLVE b DOWN 200', 'RESOLVE a LATENCY 200'],
  },
  {
    it: 'lets UNKNOWN, MAINTENANCE and PENDING change nothing',
    known: ['a DOWN 100-'],
    transitions: ['110 DOWN>UNKNOWN', '120 UNKNOWN>MAINTENANCE', '130 MAINTENANCE>PENDING'],
    gives: [],
  },
  {
    it: 'does not open a second incident when an unknown monitor is found down again',
    known: ['a DOWN 100-'],
    transitions: ['110 DOWN>UNKNOWN', '120 UNKNOWN>DOWN'],
    gives: [],
  },
  {
    it: 'opens and resolves a past incident that late results brought to light',
    transitions: ['100 UP>DOWN', '160 DOWN>UP'],
    gives: ['OPEN new1 DOWN 100', 'RESOLVE new1 DOWN 160'],
  },
  {
    it: 'tells down, up, down, up in that order',
    transitions: ['100 UP>DOWN', '160 DOWN>UP', '200 UP>DOWN', '260 DOWN>UP'],
    gives: [
      'OPEN new1 DOWN 100',
      'RESOLVE new1 DOWN 160',
      'OPEN new2 DOWN 200',
      'RESOLVE new2 DOWN 260',
    ],
  },
  {
    it: 'leaves what a person resolved alone when the monitor recovers',
    known: ['a DOWN 100-130'],
    transitions: ['100 UP>DOWN', '160 DOWN>UP'],
    gives: [],
  },
  {
    it: 'opens another one when a monitor whose incident a person resolved turns down anew',
    known: ['a DOWN 100-130'],
    transitions: ['100 UP>DOWN', '140 DOWN>UNKNOWN', '150 UNKNOWN>DOWN'],
    gives: ['OPEN new1 DOWN 150'],
  },
  {
    it: 'keeps that other one on every later look',
    known: ['a DOWN 100-155', 'b DOWN 150-'],
    transitions: ['100 UP>DOWN', '140 DOWN>UNKNOWN', '150 UNKNOWN>DOWN'],
    gives: [],
  },
  {
    it: 'moves the start when a late result shows an earlier failure',
    known: ['a DOWN 100-'],
    transitions: ['95 UP>DOWN'],
    superseded: ['100 UP>DOWN'],
    gives: ['MOVE a DOWN 95-'],
  },
  {
    it: 'moves the start of what a person resolved, and leaves its end',
    known: ['a DOWN 100-130'],
    transitions: ['95 UP>DOWN', '160 DOWN>UP'],
    superseded: ['100 UP>DOWN'],
    gives: ['MOVE a DOWN 95-130'],
  },
  {
    it: 'moves the end when a late result shows a later failure',
    known: ['a DOWN 100-160'],
    transitions: ['100 UP>DOWN', '170 DOWN>UP'],
    superseded: ['160 DOWN>UP'],
    gives: ['MOVE a DOWN 100-170'],
  },
  {
    it: 'moves both ends in one correction',
    known: ['a DOWN 100-160'],
    transitions: ['95 UP>DOWN', '170 DOWN>UP'],
    superseded: ['100 UP>DOWN', '160 DOWN>UP'],
    gives: ['MOVE a DOWN 95-170'],
  },
  {
    it: 'moves the end of an incident that began before the window',
    known: ['a DOWN 10-160'],
    transitions: ['170 DOWN>UP'],
    superseded: ['160 DOWN>UP'],
    gives: ['MOVE a DOWN 10-170'],
  },
  {
    it: 'moves the start and resolves when both are news',
    known: ['a DOWN 100-'],
    transitions: ['95 UP>DOWN', '120 DOWN>UP'],
    superseded: ['100 UP>DOWN'],
    gives: ['MOVE a DOWN 95-', 'RESOLVE a DOWN 120'],
  },
  {
    it: 'reopens an incident whose recovery never was',
    known: ['a DOWN 100-160'],
    transitions: ['100 UP>DOWN'],
    superseded: ['160 DOWN>UP'],
    gives: ['REOPEN a DOWN 100-'],
  },
  {
    it: 'reopens the first and retracts the second when the recovery between them never was',
    known: ['a DOWN 100-160', 'b DOWN 200-'],
    transitions: ['100 UP>DOWN'],
    superseded: ['160 DOWN>UP', '200 UP>DOWN'],
    gives: ['RETRACT b DOWN while open', 'REOPEN a DOWN 100-'],
  },
  {
    it: 'does so too when the second opening transition still holds',
    known: ['a DOWN 100-160', 'b DOWN 200-'],
    transitions: ['100 UP>DOWN', '170 DOWN>UNKNOWN', '200 UNKNOWN>DOWN'],
    superseded: ['160 DOWN>UP', '170 UP>UNKNOWN'],
    gives: ['RETRACT b DOWN while open', 'REOPEN a DOWN 100-'],
  },
  {
    it: 'retracts an incident that never was',
    known: ['a DOWN 100-'],
    transitions: [],
    superseded: ['100 UP>DOWN'],
    gives: ['RETRACT a DOWN while open'],
  },
  {
    it: 'retracts one that is over already',
    known: ['a DOWN 100-160'],
    transitions: [],
    superseded: ['100 UP>DOWN', '160 DOWN>UP'],
    gives: ['RETRACT a DOWN'],
  },
  {
    it: 'retracts one and opens another where the two do not overlap',
    known: ['a DOWN 100-160'],
    transitions: ['300 UP>DOWN'],
    superseded: ['100 UP>DOWN', '160 DOWN>UP'],
    gives: ['RETRACT a DOWN', 'OPEN new1 DOWN 300'],
  },
]

describe('decideIncidents', () => {
  it.each(sentences)('$it', ({ known = [], transitions, superseded = [], gives }) => {
    const effects = decideIncidents(
      {
        known: known.map(incident),
        transitions: transitions.map(transition),
        superseded: superseded.map(transition),
      },
      numbered(),
    )
    expect(effects.map(say)).toEqual(gives)
  })

  it('takes the cause of the transition, or its reason where no check gave one', () => {
    const refused = { ...transition('100 UP>DOWN'), cause: 'Connection refused' }
    const causes = [refused, transition('100 UP>DOWN')].map((opening) => {
      const [effect] = decideIncidents(
        { known: [], transitions: [opening], superseded: [] },
        numbered(),
      )
      return effect?.type === 'OPEN' ? effect.cause : null
    })
    expect(causes).toEqual(['Connection refused', '100 UP>DOWN'])
  })
})
