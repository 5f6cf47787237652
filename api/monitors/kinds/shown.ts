import type { z } from 'zod'
import type { WatchKind } from '../../../core/check.ts'

/** Reads what a row of this kind shows; null for rows of other kinds and where the row does not hold it. */
export function shownBy<Shown>(kind: WatchKind, schema: z.ZodType<Shown>) {
  return (row: { kind: WatchKind; expectations: unknown }): Shown | null =>
    row.kind === kind ? (schema.safeParse(row.expectations).data ?? null) : null
}
