import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { full } from '../test/size.ts'
import { dueRuns, nextWakeAt, noteResults, shardOf } from './probe-plan.ts'
import type { ProbeAssignment } from './probe-protocol.ts'
import { answer, assignment, at, planFrom, told } from './testing/probe-plan.ts'

const numRuns = full ? 5_000 : 200

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
