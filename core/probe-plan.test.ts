import { describe, expect, test } from 'vitest'
import {
  dueRuns,
  haveTurned,
  nextWakeAt,
  noteResults,
  type PlannedMonitor,
  planOf,
  type ProbePlan,
  roundOf,
  takeAssignments,
} from './probe-plan.ts'
import type { ProbeAssignment } from './probe-protocol.ts'
import { answer, assignment, at, clockOf, MONITOR, planFrom, told } from './testing/probe-plan.ts'

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

function play(outcomes: string): ProbePlan {
  let plan = planFrom([assignment({})], '10:00:00')
  for (const letter of outcomes) {
    const nowMs = nextWakeAt(plan)!
    const due = dueRuns(plan, nowMs, 1)
    plan = noteResults(due.plan, [answer(due.runs[0]!, letter)], nowMs + 1_000)
  }
  return plan
}

function planned(plan: ProbePlan): string {
  const monitor = plan.values().next().value
  return monitor ? told(monitor.next) : 'nothing'
}
