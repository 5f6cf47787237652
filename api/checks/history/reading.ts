import { createContextCache } from '@pothos/core'
import DataLoader from 'dataloader'
import { type Context, workspaceOf } from '../../graphql/context.ts'
import { type CheckDetail, type CheckKey, formatKey, type ShownCheck } from './check.ts'
import { readChecksByKey } from './store.ts'

/** All checks that one operation asks for by key, in one statement; null for what is gone. */
export function loadCheck(context: Context, key: CheckKey): Promise<ShownCheck | null> {
  return loaderOf(context).load(key)
}

/** What a list or a vote does not hold of a check; null if the check itself is gone by now. */
export async function loadDetail(context: Context, check: ShownCheck): Promise<CheckDetail | null> {
  return check.detail ?? (await loadCheck(context, check))?.detail ?? null
}

const loaderOf = createContextCache(
  (context: Context) =>
    new DataLoader<CheckKey, ShownCheck | null, string>((keys) => load(context, keys), {
      cacheKeyFn: formatKey,
    }),
)

async function load(context: Context, keys: readonly CheckKey[]): Promise<(ShownCheck | null)[]> {
  const checks = await readChecksByKey(context.deps, workspaceOf(context), keys)
  const byKey = new Map(checks.map((check) => [formatKey(check), check]))
  return keys.map((key) => byKey.get(formatKey(key)) ?? null)
}
