import { createContextCache } from '@pothos/core'
import DataLoader from 'dataloader'
import type { HeartbeatPing, HeartbeatPingKind } from '../../generated/prisma/client.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { readPings } from './store.ts'

type Question = { monitorId: string; kinds: HeartbeatPingKind[]; most: number }

/** A job's newest calls of these kinds; those of one operation in one statement for each way to ask. */
export function loadPings(context: Context, question: Question): Promise<HeartbeatPing[]> {
  return loaderOf(context).load(question)
}

const loaderOf = createContextCache(
  (context: Context) =>
    new DataLoader<Question, HeartbeatPing[]>((questions) => load(context, questions), {
      cache: false,
    }),
)

async function load(context: Context, questions: readonly Question[]): Promise<HeartbeatPing[][]> {
  const ways = Map.groupBy(questions, wayOf)
  const answers = new Map<string, Map<string, HeartbeatPing[]>>()
  for (const [way, alike] of ways) {
    const { kinds, most } = alike[0]!
    const monitorIds = [...new Set(alike.map(({ monitorId }) => monitorId))]
    const asked = { monitorIds, kinds, most }
    const pings = await readPings(context.deps, workspaceOf(context), asked)
    answers.set(
      way,
      Map.groupBy(pings, ({ monitorId }) => monitorId),
    )
  }
  return questions.map((question) => answers.get(wayOf(question))?.get(question.monitorId) ?? [])
}

function wayOf({ kinds, most }: Question): string {
  return `${kinds.join()} ${most}`
}
