import { expect } from 'vitest'
import { openTestServer } from '../../../../../test/graphql-server.ts'
import { gather, type Person } from '../../../../../test/people.ts'
import { startReceiver } from '../../../../../test/receivers/receiver.ts'
import { originsAt } from '../../../../../test/receivers/services.ts'

const FIELDS = `id name kind recipient maxPerHour disabledAt disabledReason contact { id }
  wording { title text } settings { name value }`
export const CREATE = `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { secret channel { ${FIELDS} } } }`
export const UPDATE = `mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { channel { ${FIELDS} } } }`
export const TEST = `mutation ($id: ID!) { testChannel(input: { id: $id }) {
  delivery { outcome why request responseStatus response alert { id } } } }`

export type ChannelStage = Awaited<ReturnType<typeof openChannelStage>>

/** Alice and Charlie, who make channels, and who receives what is sent over them, at an instant that a test sets. */
export async function openChannelStage() {
  const clock = { nowMs: Date.now(), now: () => clock.nowMs }
  const receiver = await startReceiver(() => ({ status: 204 }))
  const app = await openTestServer({
    deps: { clock },
    variables: {
      OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
      SERVICE_ORIGINS: originsAt(receiver.url),
    },
  })
  const { alice, charlie } = await gather(app)
  return {
    app,
    clock,
    receiver,
    alice,
    charlie,
    async create(input: object, person = alice) {
      const { data, errors } = await person.ask(CREATE, { input: { name: 'Ops', ...input } })
      expect(errors).toEqual([])
      return data.createChannel
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

export async function addContact(person: Person, name: string): Promise<string> {
  const { data } = await person.ask(
    'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }',
    { input: { name, email: `${name}@people.example` } },
  )
  return data.createContact.contact.id
}
