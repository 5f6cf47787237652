import { createContextCache } from '@pothos/core'
import DataLoader from 'dataloader'
import { type Context, workspaceOf } from '../graphql/context.ts'
import type { CheckCounts } from './counts.ts'
import { type MonitorUptime, readCheckCounts } from './reading.ts'

/** The checks behind an uptime; those of one operation in one statement, whatever their windows. */
export function loadCheckCounts(context: Context, uptime: MonitorUptime): Promise<CheckCounts> {
  return loaderOf(context).load(uptime)
}

const loaderOf = createContextCache(
  (context: Context) =>
    new DataLoader<MonitorUptime, CheckCounts>((uptimes) =>
      readCheckCounts(context.deps, workspaceOf(context), uptimes),
    ),
)
