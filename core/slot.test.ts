import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { full } from '../test/size.ts'
import { currentRun, nextRun, slotAtOrAfter, slotPhaseMs } from './slot.ts'

const numRuns = full ? 10_000 : 300

// Its tail is 7,000, so its slots are at :07 of every minute.
const monitorId = '01997a2e-0000-7000-8000-000000001b58'
const schedule = { monitorId, intervalSeconds: 60 }

const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`)
const clock = (atMs: number) => new Date(atMs).toISOString().slice(11, 23)

test.each([
  ['just before a slot it is that slot', '10:00:06.999', '10:00:07.000'],
  ['on a slot it is that slot', '10:00:07.000', '10:00:07.000'],
  ['just after a slot it is the next', '10:00:07.001', '10:01:07.000'],
])('%s', (_, from, slot) => {
  expect(clock(slotAtOrAfter(schedule, at(from)))).toBe(slot)
})

type Row = [
  sentence: string,
  last: string,
  attempt: number,
  suspense: boolean,
  now: string,
  run: string,
]

const rows: Row[] = [
  ['a settled check waits for the next slot', '10:00:07', 0, false, '10:00:08', '10:01:07.000 #0'],
  [
    'an early finish waits for the next slot too',
    '10:00:07',
    0,
    false,
    '10:00:06.9',
    '10:01:07.000 #0',
  ],
  [
    'a re-check that settles waits for the next slot',
    '10:00:07',
    2,
    false,
    '10:00:18',
    '10:01:07.000 #0',
  ],
  [
    'a first failure is re-checked 5 s after its slot',
    '10:00:07',
    0,
    true,
    '10:00:08',
    '10:00:12.000 #1',
  ],
  ['a re-check is re-checked 5 s later', '10:00:07', 1, true, '10:00:13', '10:00:17.000 #2'],
  [
    'a slow failure is re-checked on the next step',
    '10:00:07',
    0,
    true,
    '10:00:37.5',
    '10:00:42.000 #1',
  ],
  [
    'exactly a second before a step still takes it',
    '10:00:07',
    0,
    true,
    '10:00:11',
    '10:00:12.000 #1',
  ],
  [
    'less than a second before a step takes the one after',
    '10:00:07',
    0,
    true,
    '10:00:11.001',
    '10:00:17.000 #1',
  ],
  [
    'the slot comes first where a re-check would meet it',
    '10:00:07',
    5,
    true,
    '10:01:01.5',
    '10:01:07.000 #0',
  ],
  [
    'the last re-check before a slot still runs',
    '10:00:07',
    5,
    true,
    '10:01:01',
    '10:01:02.000 #6',
  ],
  ['slots slept through are skipped', '10:00:07', 0, false, '10:30:00', '10:30:07.000 #0'],
  ['woken exactly on a slot it runs', '10:00:07', 0, false, '10:30:07', '10:30:07.000 #0'],
  [
    'asleep in suspense, the re-check belongs to the slot it wakes in',
    '10:00:07',
    0,
    true,
    '10:30:10',
    '10:30:12.000 #1',
  ],
  [
    'a clock set back a day is followed at once',
    '10:00:07',
    0,
    false,
    '09:00:00',
    '09:00:07.000 #0',
  ],
]

test.each(rows)('%s', (_, last, attempt, suspense, now, run) => {
  const next = nextRun(schedule, { slotAt: at(last), attempt }, suspense, at(now))
  expect(`${clock(next.runAt)} #${next.attempt}`).toBe(run)
})

test.each([
  ['a run on time is the one planned', '10:00:07', 0, '10:00:07.050', '10:00:07.000 #0'],
  ['a re-check on time is too', '10:00:07', 2, '10:00:17', '10:00:07.000 #2'],
  ['just before the next slot it still is', '10:00:07', 0, '10:01:06.999', '10:00:07.000 #0'],
  ['on the next slot it is that one', '10:00:07', 2, '10:01:07', '10:01:07.000 #0'],
  ['after a long sleep it is the latest slot', '10:00:07', 2, '10:30:06.999', '10:29:07.000 #0'],
  [
    'where the clock was set back it is the one planned',
    '10:00:07',
    0,
    '09:00:00',
    '10:00:07.000 #0',
  ],
])('%s', (_, planned, attempt, now, run) => {
  const current = currentRun(schedule, { slotAt: at(planned), attempt }, at(now))
  expect(`${clock(current.slotAt)} #${current.attempt}`).toBe(run)
})

describe('whatever the schedule, the last run and the time', () => {
  const monitors = fc.record({
    monitorId: fc.uuid({ version: 7 }),
    intervalSeconds: fc.integer({ min: 10, max: 86_400 }),
  })
  const start = at('10:00:00')
  const delays = fc.integer({ min: 0, max: 3 * 86_400_000 })

  test('the next run is neither past, nor a repeat, nor further than an interval', () => {
    fc.assert(
      fc.property(
        monitors,
        delays,
        delays,
        fc.nat(20),
        fc.boolean(),
        (monitor, sleptMs, ranMs, attempt, suspense) => {
          const last = { slotAt: slotAtOrAfter(monitor, start + ranMs), attempt }
          const nowMs = last.slotAt + sleptMs
          const next = nextRun(monitor, last, suspense, nowMs)
          expect(next.runAt).toBeGreaterThanOrEqual(nowMs)
          expect(next.runAt - nowMs).toBeLessThanOrEqual(monitor.intervalSeconds * 1000)
          const isLater = next.slotAt > last.slotAt || next.attempt > last.attempt
          expect(isLater && next.slotAt >= last.slotAt).toBe(true)
        },
      ),
      { numRuns },
    )
  })

  test('every slot has the phase of its monitor', () => {
    fc.assert(
      fc.property(monitors, delays, (monitor, afterMs) => {
        const phaseMs = slotPhaseMs(monitor.monitorId, monitor.intervalSeconds)
        const slotAt = slotAtOrAfter(monitor, start + afterMs)
        expect((slotAt - phaseMs) % (monitor.intervalSeconds * 1000)).toBe(0)
      }),
      { numRuns },
    )
  })
})

test('monitors made one after another spread over the interval', () => {
  const phases = Array.from({ length: 10_000 }, () => slotPhaseMs(crypto.randomUUID(), 60))
  const seconds = Map.groupBy(phases, (phaseMs) => Math.floor(phaseMs / 1000))
  expect(seconds.size).toBe(60)
  expect(Math.max(...[...seconds.values()].map(({ length }) => length))).toBeLessThan(250)
})
