import { expect } from 'vitest'
import { type Answer, openTestServer } from '../../../../test/graphql-server.ts'
import { gather } from '../../../../test/people.ts'
import { keepPartitions } from '../../../checks/partitions/deeds.ts'
import { keyOf } from '../../../graphql/ids.ts'
import type { Database } from '../../../platform/database.ts'

export const shop = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example.com/' }

export const EVERYTHING = `id name kind target status statusSince intervalSeconds timeoutMs isActive regions
  quorum failureThreshold recoveryThreshold latencyThresholdMs slowThreshold normalThreshold
  alertEmail quarantineReason lastCheckedAt createdAt updatedAt
  http { method headerNames body authType followRedirects verifyTls expectedStatus { from to } }
  assertions { source property comparison target }
  lastCheck { id outcome message }
  votes { region vote since ageSeconds isFresh lastCheckedAt reason advisory }`

export const down = { outcome: 'DOWN' } as const
export const up = { outcome: 'UP' } as const

export type EditingStage = Awaited<ReturnType<typeof openEditingStage>>

/** Alice, who makes monitors and changes them, Bob and Charlie, and what is stored of the monitors. */
export async function openEditingStage() {
  const server = await openTestServer()
  const people = await gather(server)
  await keepPartitions(server.deps)
  const { prisma } = server.database

  function act(
    mutation: string,
    input: object,
    person = people.alice,
    fields = `monitor { ${EVERYTHING} }`,
  ) {
    const type = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`
    return person.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`, {
      input,
    })
  }

  async function create(input: object = {}): Promise<{ id: string; key: string }> {
    const answer = await act('createMonitor', { ...shop, ...input })
    expect(answer.errors).toEqual([])
    const { id } = answer.data.createMonitor.monitor
    return { id, key: keyOf('Monitor', id) }
  }

  return {
    ...people,
    ...server,
    act,
    create,
    rowOf: (key: string) => prisma.monitor.findUniqueOrThrow({ where: { id: key } }),
    assignmentOf: (key: string) =>
      prisma.assignment.findUniqueOrThrow({
        where: { monitorId_region: { monitorId: key, region: 'local' } },
      }),
    transitionsOf: (key: string) => transitionsOf(server.database, key),
  }
}

export const codesOf = ({ errors }: Answer) => errors.map((error) => error.extensions.code)

export const issuesOf = ({ errors }: Answer) =>
  errors.flatMap(({ extensions }) =>
    extensions.issues!.map(({ path, message }) => `${path.join('.')} ${message}`),
  )

async function transitionsOf({ prisma }: Database, key: string): Promise<string[]> {
  const rows = await prisma.transition.findMany({
    where: { monitorId: key, supersededAt: null },
    orderBy: [{ decidedAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ fromStatus, toStatus }) => `${fromStatus}>${toStatus}`)
}
