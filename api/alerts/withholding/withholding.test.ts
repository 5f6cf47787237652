import { describe, expect, it } from 'vitest'
import type { AlertType } from '../../../generated/prisma/enums.ts'
import { decideGate, fairWeather, type Waiting } from './withholding.ts'

const NOW = Date.parse('2026-11-21T00:00:00Z')
const quiet = { timeZone: 'UTC', hours: { from: 22 * 60, to: 7 * 60 } }

type Circumstances = Partial<Omit<Waiting, 'condition'>> & {
  condition?: Partial<Waiting['condition']>
}

/** `goes out`, or why not and until when. */
function gate(type: AlertType, { condition, ...rest }: Circumstances): string {
  const plain = { type, isOver: false, isOutage: true, isBeginningWithheld: false, quiet: null }
  const waiting = { ...plain, ...rest, condition: { ...fairWeather, ...condition } }
  const decided = decideGate(waiting, NOW)
  if (decided.isOpen) return 'goes out'
  const { reason, reviewAt } = decided
  return reviewAt === null ? `${reason} for good` : `${reason} for ${(reviewAt - NOW) / 1_000} s`
}

const maintenance = { condition: { maintenanceUntil: NOW + 59_000 } }
const longMaintenance = { condition: { maintenanceUntil: NOW + 3_600_000 } }
const parentDown = { condition: { isParentDown: true } }
const parentUp = (secondsAgo: number) => ({ condition: { parentUpAt: NOW - secondsAgo * 1_000 } })
const parentAwaited = (seconds: number) => ({
  condition: { parentsAwaitedSince: NOW - seconds * 1_000 },
})
const inQuiet = 'QUIET_HOURS for 60 s'

describe('what begins', () => {
  it.each<[AlertType, string, Circumstances, string]>([
    ['DOWN', 'in fair weather', {}, 'goes out'],
    ['DOWN', 'in quiet hours', { quiet }, 'goes out'],
    ['SLOW', 'in quiet hours', { quiet }, inQuiet],
    ['CERTIFICATE_EXPIRY', 'in quiet hours', { quiet }, inQuiet],
    ['DOWN', 'in maintenance', maintenance, 'MAINTENANCE for 59 s'],
    ['DOWN', 'in maintenance that may end early', longMaintenance, 'MAINTENANCE for 60 s'],
    ['SLOW', 'in maintenance and quiet hours', { ...maintenance, quiet }, 'MAINTENANCE for 59 s'],
    ['DOWN', 'as maintenance ends', { condition: { maintenanceUntil: NOW } }, 'goes out'],
    ['DOWN', 'while its parent is down', parentDown, 'DEPENDENCY for 10 s'],
    ['DOWN', 'a moment after', parentUp(0), 'DEPENDENCY for 60 s'],
    ['DOWN', '59 seconds after', parentUp(59), 'DEPENDENCY for 1 s'],
    ['DOWN', 'a minute after', parentUp(60), 'goes out'],
    ['DOWN', 'until its parents are looked at', parentAwaited(0), 'PARENT_CHECK for 1 s'],
    ['DOWN', 'until just before 45 s', parentAwaited(44.5), 'PARENT_CHECK for 0.5 s'],
    ['DOWN', 'no longer than 45 s', parentAwaited(45), 'goes out'],
    ['SLOW', 'a minute after, in quiet hours', { ...parentUp(60), quiet }, inQuiet],
    ['DOWN', 'once it is over', { ...maintenance, isOver: true }, 'OVER for good'],
    ['SLOW', 'once it is over', { quiet, isOver: true }, 'OVER for good'],
    ['CERTIFICATE_EXPIRY', 'once it is over', { isOver: true }, 'OVER for good'],
  ])('%s %s: %4$s', (type, _when, circumstances, expected) => {
    expect(gate(type, circumstances)).toBe(expected)
  })
})

describe('what ends', () => {
  const withheld = { isBeginningWithheld: true }
  it.each<[AlertType, string, Circumstances, string]>([
    ['UP', 'in fair weather', {}, 'goes out'],
    ['UP', 'in maintenance', maintenance, 'goes out'],
    ['UP', 'while its parent is down', parentDown, 'goes out'],
    ['UP', 'in quiet hours', { quiet }, 'goes out'],
    ['RESOLVED', 'in maintenance, in quiet hours', { ...maintenance, quiet }, 'goes out'],
    ['RESOLVED', 'in quiet hours, of what is no outage', { quiet, isOutage: false }, inQuiet],
    ['RESOLVED', 'by day, of what is no outage', { isOutage: false }, 'goes out'],
    ['RESOLVED', 'where the beginning was withheld', withheld, 'NOT_TOLD for good'],
    ['NORMAL', 'in quiet hours', { quiet }, inQuiet],
    ['CERTIFICATE_RENEWED', 'in quiet hours', { quiet }, inQuiet],
    ['NORMAL', 'in maintenance', maintenance, 'goes out'],
    ['UP', 'where the beginning was withheld', withheld, 'NOT_TOLD for good'],
    ['NORMAL', 'where the beginning was withheld', withheld, 'NOT_TOLD for good'],
    ['CERTIFICATE_RENEWED', 'where the beginning was withheld', withheld, 'NOT_TOLD for good'],
  ])('%s %s: %4$s', (type, _when, circumstances, expected) => {
    expect(gate(type, circumstances)).toBe(expected)
  })
})

describe('that somebody is at it, or is no more', () => {
  it.each<[AlertType, string, Circumstances, string]>([
    ['ACKNOWLEDGED', 'in maintenance', maintenance, 'goes out'],
    ['REOPENED', 'while its parent is down', parentDown, 'goes out'],
    ['ACKNOWLEDGED', 'in quiet hours', { quiet }, inQuiet],
    ['ACKNOWLEDGED', 'once it is over', { isOver: true }, 'OVER for good'],
    ['REOPENED', 'of what was withheld', { isBeginningWithheld: true }, 'NOT_TOLD for good'],
  ])('%s %s: %4$s', (type, _when, circumstances, expected) => {
    expect(gate(type, circumstances)).toBe(expected)
  })
})
