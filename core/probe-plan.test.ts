import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { full } from '../test/size.ts'
import type { Outcome } from './check.ts'
import {
  type DueRun,
  dueRuns,
  haveTurned,
  nextWakeAt,
  noteResults,
  type PlannedMonitor,
  planOf,
  type PlanningResult,
  type ProbePlan,
  roundOf,
  shardOf,
  takeAssignments,
} from './probe-plan.ts'
import type { ProbeAssignment } from './probe-protocol.ts'

const numRuns = full ? 5_000 : 200

// Its tail is 7,000, so its slots are at :07 of every minute.
const MONITOR = '01997a2e-0000-7000-8000-000000001b58'
const LONG_AGO = at('08:00:00')

describe('what is assigned', () => {
  type Row = [sentence: string, change: Partial<ProbeAssignment>, run: string]
  const held = planFrom([assignment({})], '10:00:00')

  test.each<Row>([
    ['a monitor waits for its slot', {}, '10:00:07.000 #0'],
    ['one made just now runs soon', { decidableFrom: at('10:00:00') }, '10:00:02.000 #11'],
    [
      '... also if the probe hears of it later',
      { decidableFrom: at('09:59:30') },
      '10:00:02.000 #11',
    ],
    [
      'just before an interval is over it still does',
      { decidableFrom: at('09:59:00.001') },
      '10:00:02.000 #11',
    ],
    [
      'an interval later it waits for its slot',
      { decidableFrom: at('09:59:00') },
      '10:00:07.000 #0',
    ],
  ])('at 10:00:00 %s', (_, change, run) => {
    expect(planned(planFrom([assignment(change)], '10:00:00'))).toBe(run)
  })

  const edited = { decidableFrom: at('10:00:20') }
  test.each<Row>([
    ['what did not change goes on as it was', {}, '10:00:07.000 #0'],
    ['what was edited runs soon', edited, '10:00:32.000 #5'],
    [
      'what has another interval waits for its new slot',
      { ...edited, intervalSeconds: 30 },
      '10:00:37.000 #0',
    ],
    [
      'what only reads otherwise waits for its slot',
      { policy: { ...assignment({}).policy, timeoutMs: 5_000 } },
      '10:01:07.000 #0',
    ],
  ])('at 10:00:30 %s', (_, change, run) => {
    expect(planned(takeAssignments(held, [assignment(change)], at('10:00:30')))).toBe(run)
  })

  test('an edited monitor has checks later than all before it, in the slot under way too', () => {
    const before = play('DD')
    const after = takeAssignments(
      before,
      [assignment({ decidableFrom: at('10:00:14') })],
      at('10:00:15'),
    )
    expect(before.get(MONITOR)?.last.attempt).toBe(1)
    expect(planned(after)).toBe('10:00:17.000 #2')
  })

  test('what is assigned no more is forgotten', () => {
    expect(takeAssignments(held, [], at('10:00:30')).size).toBe(0)
  })
})

describe('a run', () => {
  const plan = planFrom([assignment({})], '10:00:00')

  test.each([
    ['just before its slot is not due', '10:00:06.999', []],
    ['on its slot is', '10:00:07', ['10:00:07.000 #0']],
    ['late by half an interval is still', '10:00:37', ['10:00:07.000 #0']],
    ['later than that is left out', '10:00:37.001', []],
    ['... and its monitor waits for the next slot, however long it slept', '11:30:00', []],
  ])('%s', (_, now, expected) => {
    expect(dueRuns(plan, at(now), 10).runs.map(told)).toEqual(expected)
  })

  test('begins once: until its result is known the monitor is due at its next slot', () => {
    const begun = dueRuns(plan, at('10:00:07'), 10).plan
    expect(planned(begun)).toBe('10:01:07.000 #0')
    expect(dueRuns(begun, at('10:00:08'), 10).runs).toEqual([])
  })

  test('that was left out is planned for the next slot', () => {
    expect(planned(dueRuns(plan, at('11:30:00'), 10).plan)).toBe('11:30:07.000 #0')
  })

  test('planned by a clock that ran ahead is planned anew', () => {
    const ahead = planFrom([assignment({})], '15:00:00')
    expect(planned(dueRuns(ahead, at('10:00:00'), 10).plan)).toBe('10:00:07.000 #0')
  })

  test('waits for room where there is none, those that wait longest first', () => {
    const [early, late] = ['000000001388', '000000001770'].map((tail) =>
      assignment({ monitorId: MONITOR.slice(0, 24) + tail }),
    ) as [ProbeAssignment, ProbeAssignment]
    const crowded = dueRuns(planFrom([late, early], '10:00:00'), at('10:00:07'), 1)
    expect(crowded.runs.map(told)).toEqual(['10:00:05.000 #0'])
    expect(dueRuns(crowded.plan, at('10:00:08'), 1).runs.map(told)).toEqual(['10:00:06.000 #0'])
  })
})

describe('a result', () => {
  type Row = [sentence: string, outcomes: string, run: string]

  // U up, D down, ? unknown: one at each run as it falls due, answered a second later.
  test.each<Row>([
    ['a first success waits for the next slot', 'U', '10:01:07.000 #0'],
    ['a first failure is looked at again soon', 'D', '10:00:12.000 #1'],
    ['... and again', 'DD', '10:00:17.000 #2'],
    ['... until it is confirmed', 'DDD', '10:01:07.000 #0'],
    ['... or cleared', 'UDU', '10:02:07.000 #0'],
    ['one that says nothing is looked at again too', '?', '10:00:12.000 #1'],
  ])('%s: %s', (_, outcomes, run) => {
    expect(planned(play(outcomes))).toBe(run)
  })

  test('of an assignment of before says nothing', () => {
    const plan = dueRuns(planFrom([assignment({})], '10:00:00'), at('10:00:07'), 1)
    const result = answer(plan.runs[0]!, 'D')
    const noted = noteResults(plan.plan, [{ ...result, decidableFrom: 5 }], at('10:00:08'))
    expect(planned(noted)).toBe('10:01:07.000 #0')
  })

  test('that is noted twice is noted once', () => {
    const { runs, plan } = dueRuns(planFrom([assignment({})], '10:00:00'), at('10:00:07'), 1)
    const result = answer(runs[0]!, 'D')
    const noted = noteResults(plan, [result, result], at('10:00:08'))
    expect(noted.get(MONITOR)?.view.reachStreak?.count).toBe(1)
  })

  test('later than the next slot does not put that off', () => {
    const first = dueRuns(planFrom([assignment({})], '10:00:00'), at('10:00:07'), 1)
    const noted = noteResults(first.plan, [answer(first.runs[0]!, 'U')], at('10:01:07.5'))
    expect(planned(noted)).toBe('10:01:07.000 #0')
  })
})

describe('the server is to hear at once of', () => {
  test.each([
    ['a first success', '', 'U', true],
    ['no success like the one before', 'U', 'U', false],
    ['a failure', 'U', 'D', true],
    ['the one that confirms it', 'UDD', 'D', true],
    ['no failure like those before', 'UDDD', 'D', false],
    ['a success that clears a doubt', 'UD', 'U', true],
    ['a recovery', 'UDDD', 'U', true],
    ['one that says nothing', 'U', '?', true],
  ])('%s', (_, before, next, expected) => {
    const result = [{ monitorId: MONITOR }]
    expect(haveTurned(play(before), play(before + next), result)).toBe(expected)
  })
})

test.each([
  ['on its slot', '10:00:07', '10:00:07.000 #0'],
  ['late in its slot', '10:01:06.999', '10:00:07.000 #11'],
])('a round runs every monitor, %s', (_, now, run) => {
  expect(
    roundOf([assignment({})], at(now)).map((due) => `${clockOf(due.slotAt)} #${due.attempt}`),
  ).toEqual([run])
})

test('the next wake is that of the earliest run; with nothing to do there is none', () => {
  expect(nextWakeAt(new Map())).toBeNull()
  const other = assignment({ monitorId: MONITOR.slice(0, 24) + '000000001388' })
  expect(nextWakeAt(planFrom([assignment({}), other], '10:00:00'))).toBe(at('10:00:05'))
})

test('a plan survives JSON', () => {
  const plan = play('UDD')
  const kept = JSON.parse(JSON.stringify([...plan.values()])) as PlannedMonitor[]
  expect(planOf(kept)).toEqual(plan)
})

describe('whatever is assigned', () => {
  const assignments = fc
    .array(
      fc.record({
        monitorId: fc.uuid({ version: 7 }),
        intervalSeconds: fc.integer({ min: 10, max: 3_600 }),
      }),
      { maxLength: 30 },
    )
    .map((items) => items.map((item) => assignment(item)))
  const minutes = fc.integer({ min: 0, max: 3 * 86_400_000 })

  test('a probe that slept finds no more than one run of each, none older than half an interval', () => {
    fc.assert(
      fc.property(assignments, minutes, (items, sleptMs) => {
        const nowMs = at('10:00:00') + sleptMs
        const { runs, plan } = dueRuns(planFrom(items, '10:00:00'), nowMs, 1_000)
        const ids = runs.map((run) => run.assignment.monitorId)
        expect(new Set(ids).size).toBe(ids.length)
        for (const run of runs)
          expect(nowMs - run.slotAt).toBeLessThanOrEqual(run.assignment.intervalSeconds * 500)
        expect(dueRuns(plan, nowMs, 1_000).runs).toEqual([])
      }),
      { numRuns },
    )
  })

  test('a probe that sleeps past half of every interval finds nothing due but what is due now', () => {
    fc.assert(
      fc.property(assignments, minutes, (items, sleptMs) => {
        const nowMs = at('10:00:00') + 2 * 3_600_000 + sleptMs
        const { runs } = dueRuns(planFrom(items, '10:00:00'), nowMs, 1_000)
        expect(runs.filter(({ slotAt }) => slotAt !== nowMs)).toEqual([])
      }),
      { numRuns, examples: [[[assignment({})], 7_000]] },
    )
  })

  test('a probe that wakes on time runs each slot once, in order', () => {
    fc.assert(
      fc.property(
        fc.uuid({ version: 7 }),
        fc.integer({ min: 10, max: 600 }),
        (monitorId, seconds) => {
          let plan = planFrom([assignment({ monitorId, intervalSeconds: seconds })], '10:00:00')
          const slots: number[] = []
          while (slots.length < 20) {
            const nowMs = nextWakeAt(plan)!
            const due = dueRuns(plan, nowMs, 1)
            slots.push(...due.runs.map((run) => run.slotAt))
            plan = noteResults(
              due.plan,
              due.runs.map((run) => answer(run, 'U')),
              nowMs + 1_000,
            )
          }
          const steps = slots.slice(1).map((slotAt, index) => slotAt - slots[index]!)
          expect(new Set(steps)).toEqual(new Set([seconds * 1_000]))
        },
      ),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })

  test('the shards of a region cover every monitor once', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), fc.integer({ min: 1, max: 64 }), (monitorId, of) => {
        const owners = Array.from({ length: of }, (_, index) => index).filter(
          (index) => shardOf(monitorId, of) === index,
        )
        expect(owners).toHaveLength(1)
      }),
      { numRuns },
    )
  })

  test('two probes of different shards run every slot between them, none twice', () => {
    fc.assert(
      fc.property(assignments, (items) => {
        const slotsOf = (some: ProbeAssignment[]) =>
          dueRuns(planFrom(some, '09:59:59'), at('10:00:04'), 1_000).runs.map(told)
        const shards = [0, 1].map((index) =>
          items.filter(({ monitorId }) => shardOf(monitorId, 2) === index),
        )
        expect(shards.flatMap(slotsOf).toSorted()).toEqual(slotsOf(items).toSorted())
      }),
      { numRuns },
    )
  })
})

function at(clock: string): number {
  return Date.parse(`2026-11-20T${clock}Z`)
}

function assignment(change: Partial<ProbeAssignment>): ProbeAssignment {
  const intervalSeconds = change.intervalSeconds ?? 60
  return {
    monitorId: MONITOR,
    decidableFrom: LONG_AGO,
    intervalSeconds,
    policy: {
      failureThreshold: 3,
      recoveryThreshold: 1,
      latencyThresholdMs: null,
      slowThreshold: 3,
      normalThreshold: 3,
      intervalSeconds,
      timeoutMs: 10_000,
    },
    request: {
      kind: 'TCP',
      target: 'shop.example.com:443',
      timeoutMs: 10_000,
      expectations: { tls: false, verifyTls: false, send: null, expect: null },
      assertions: [],
    },
    ...change,
  }
}

function planFrom(items: ProbeAssignment[], clock: string): ProbePlan {
  return takeAssignments(new Map(), items, at(clock))
}

function play(outcomes: string): ProbePlan {
  let plan = planFrom([assignment({})], '10:00:00')
  for (const letter of outcomes) {
    const nowMs = nextWakeAt(plan)!
    const due = dueRuns(plan, nowMs, 1)
    plan = noteResults(due.plan, [answer(due.runs[0]!, letter)], nowMs + 1_000)
  }
  return plan
}

const OUTCOMES: Record<string, Outcome> = { U: 'UP', D: 'DOWN', '?': 'UNKNOWN' }

function answer({ assignment: of, slotAt, attempt }: DueRun, letter: string): PlanningResult {
  return {
    monitorId: of.monitorId,
    decidableFrom: of.decidableFrom,
    scheduledAt: slotAt,
    attempt,
    checkedAt: slotAt + attempt * 5_000,
    outcome: OUTCOMES[letter] ?? 'UP',
    latencyMs: null,
    message: null,
  }
}

function planned(plan: ProbePlan): string {
  const monitor = plan.values().next().value
  return monitor ? told(monitor.next) : 'nothing'
}

/** A re-check is told by the instant it starts at. */
function told(run: { slotAt: number; attempt: number; runAt?: number }): string {
  const startsAt = run.attempt > 0 ? (run.runAt ?? run.slotAt) : run.slotAt
  return `${clockOf(startsAt)} #${run.attempt}`
}

function clockOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23)
}
