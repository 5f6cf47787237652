import { z } from 'zod'
import { EDGE_REGIONS, SILENT_AFTER_MS } from '../../core/probe-protocol.ts'
import type { ProbeKind } from '../../generated/prisma/enums.ts'
import { plainTextRule, textUnder } from '../monitors/input/rules.ts'
import { HEARTBEAT_REGION, LOCAL_REGION } from './assignment.ts'

const MAX_NAME_LENGTH = 100
const REGION = /^[a-z0-9-]{1,32}$/
/** Regions that no probe of its own votes for. */
const TAKEN_REGIONS = [LOCAL_REGION, HEARTBEAT_REGION]

export type NewProbe = { name: string; kind: ProbeKind; region: string; isShared: boolean }

export const probeInput = z
  .object({
    name: z
      .string()
      .trim()
      .pipe(textUnder((text) => plainTextRule(text, MAX_NAME_LENGTH))),
    kind: z.enum(['AGENT', 'EDGE']),
    region: z.string(),
    isShared: z.boolean(),
  })
  .superRefine(({ kind, region }, context) => {
    const message = regionProblem(kind, region)
    if (message) context.addIssue({ code: 'custom', path: ['region'], message })
  }) satisfies z.ZodType<NewProbe>

export function isOnline(
  { lastSeenAt, revokedAt }: { lastSeenAt: Date | null; revokedAt: Date | null },
  nowMs: number,
): boolean {
  if (lastSeenAt === null || revokedAt !== null) return false
  return nowMs - lastSeenAt.getTime() < SILENT_AFTER_MS
}

/** The rule that a region's name breaks, or null. */
function regionProblem(kind: ProbeKind, region: string): string | null {
  const isOfEdge = EDGE_REGIONS.some((name) => name === region)
  if (kind === 'EDGE') return isOfEdge ? null : `must be one of ${EDGE_REGIONS.join(', ')}`
  if (!REGION.test(region)) return 'must be 1 to 32 of a-z, 0-9 and -'
  if (TAKEN_REGIONS.includes(region)) return `must not be ${TAKEN_REGIONS.join(' or ')}`
  return isOfEdge ? 'must not be a region of the edge' : null
}
