import { complexityFromQuery } from '@pothos/plugin-complexity'
import { describe, expect, test } from 'vitest'
import { MAX_COMPLEXITY } from '../graphql/limits.ts'
import { schema } from '../schema.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const ALL =
  'date from to ratio upSeconds degradedSeconds downSeconds maintenanceSeconds pausedSeconds unknownSeconds'

/** What a page of 100 monitors costs with these fields. */
function costOfPage(fields: string, variables: Record<string, unknown> = {}): number {
  const query = `query ($days: Int, $from: DateTime) {
    monitors(first: 100) { nodes { id ${fields} } }
  }`
  const ctx = { deps: { clock: { now: () => NOW } } }
  return complexityFromQuery(query, { schema, variables, ctx }).complexity - costOfOthers
}

/** The connection, its nodes and their ids. */
const costOfOthers = 201

describe('a page of 100 monitors', () => {
  test.each([
    ['with bars of 30 days', `uptimeDays { date ratio }`, 100 * (1 + 3 * 2)],
    ['with bars of 90 days', `uptimeDays(days: 90) { date ratio downSeconds }`, 100 * (1 + 9 * 3)],
    ['with charts of a day', `latency { at p50 p95 p99 }`, 100 * (11 + 6 * 4)],
    [
      'with charts of 30 days',
      `latency(from: "2026-10-21T12:00:00Z", points: 100) { at p95 }`,
      100 * (40 + 10 * 2),
    ],
    ['with charts of 400 days', `latency(from: "2025-10-16T12:00:00Z") { p95 }`, 100 * (410 + 6)],
    ['with the uptime of a day', `uptime { ratio checkCountRatio }`, 100 * (1 + 11)],
    [
      'with the uptime of 400 days',
      `uptime(from: "2025-10-16T12:00:00Z") { ratio checkCountRatio }`,
      100 * (1 + 4 * 11),
    ],
    ['with all of 400 days', `uptimeDays(days: 400) { ${ALL} }`, 100 * (1 + 40 * 10)],
  ])('%s', (_, fields, cost) => {
    expect(costOfPage(fields)).toBe(cost)
  })

  test('fits the budget with what a dashboard shows, and not with all there is', () => {
    const dashboard = `name target status uptime { ratio } lastCheck { outcome latencyMs checkedAt }
      openIncidents { kind startedAt cause } uptimeDays(days: 90) { date ratio downSeconds }`
    expect(costOfPage(dashboard)).toBeLessThan(0.75 * MAX_COMPLEXITY)
    expect(costOfPage(`uptimeDays(days: 400) { ${ALL} }`)).toBeGreaterThan(MAX_COMPLEXITY)
    expect(costOfPage('latency(points: 500) { at p50 p95 p99 }')).toBeGreaterThan(MAX_COMPLEXITY)
  })
})

test('what is out of bounds costs no more than the bound, and never less than nothing', () => {
  const bars = 'uptimeDays(days: $days) { ratio }'
  expect(costOfPage(bars, { days: 2_000_000_000 })).toBe(costOfPage(bars, { days: 400 }))
  expect(costOfPage(bars, { days: -400 })).toBe(costOfPage(bars, { days: 1 }))
  const chart = 'latency(from: $from) { p50 }'
  expect(costOfPage(chart, { from: '1999-01-01T00:00:00Z' })).toBe(100 * (410 + 6))
  expect(costOfPage(chart, { from: '2030-01-01T00:00:00Z' })).toBe(100 * (11 + 6))
})
