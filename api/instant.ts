/** As people read it: `2026-11-20 03:04:05 UTC`, and elsewhere `2026-11-20 04:04:05 +01:00 (Europe/Paris)`. */
export function instant(at: number, timeZone = 'UTC'): string {
  return inZone(at, timeZone, 'second')
}

/** As `instant`, to the minute: `2026-11-20 03:04 UTC`. */
export function minute(at: number, timeZone = 'UTC'): string {
  return inZone(at, timeZone, 'minute')
}

/** As a clock on the wall there has it: `2026-11-20 03:04`. */
export function wallTime(at: number, timeZone: string): string {
  return plainTime(at, timeZone, 'minute')
}

// The offset tells the two hours apart that a clock which is set back shows alike.
function inZone(at: number, timeZone: string, smallestUnit: Unit): string {
  const local = plainTime(at, timeZone, smallestUnit)
  return timeZone === 'UTC'
    ? `${local} UTC`
    : `${local} ${there(at, timeZone).offset} (${timeZone})`
}

type Unit = 'second' | 'minute'

function plainTime(at: number, timeZone: string, smallestUnit: Unit): string {
  const local = there(at, timeZone).toPlainDateTime()
  return local.toString({ smallestUnit, roundingMode: 'trunc' }).replace('T', ' ')
}

function there(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(at)).toZonedDateTimeISO(timeZone)
}
