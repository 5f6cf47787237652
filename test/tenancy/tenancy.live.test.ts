import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../graphql-server.ts'
import { keepPastDay } from '../past.ts'
import { type Person, signUp } from '../people.ts'
import { codeOf, outcomeOf, createAsking, type Asking, sameAnswer } from './asking.ts'
import { type Caller, gatherCallers, isAllowed } from './callers.ts'
import { contentsOf } from './furnish.ts'
import { nodeTypes, type Operation, operations } from './operations.ts'

/** Open to callers without credentials, each on purpose. */
const PUBLIC = [
  'viewer',
  'signUp',
  'signIn',
  'requestPasswordReset',
  'resetPassword',
  'verifyEmail',
  'verifyContact',
]

/** What a person does for themselves, whatever their role. */
const OWN_AFFAIRS = [
  ...PUBLIC,
  'signOut',
  'changePassword',
  'requestEmailVerification',
  'switchWorkspace',
  'acceptInvitation',
]

const CANARY = 'canary-of-another-workspace'
const UNEXPECTED = 'INTERNAL_SERVER_ERROR'

let app: TestServer
let owner: Person
let stranger: Person
let callers: Caller[]
let asking: Asking
let strangersContents: string

beforeAll(async () => {
  app = await openTestServer({
    variables: { TRUST_PROXY: '1', OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' },
  })
  await keepPastDay(app.database)
  owner = await signUp(app, 'Alice')
  stranger = await signUp(app, CANARY)
  callers = await gatherCallers(app, owner)
  asking = await createAsking(app, owner, stranger)
  strangersContents = await contentsOf(app, stranger)
})
afterAll(() => app[Symbol.asyncDispose]())

const allowed = ({ access }: Operation) => callers.filter((caller) => isAllowed(access, caller))
const denied = ({ access }: Operation) => callers.filter((caller) => !isAllowed(access, caller))

describe.each(operations)('$kind $name', (operation) => {
  it('refuses who may not, whatever the id, and changes nothing', async () => {
    const before = await contentsOf(app, owner)
    for (const caller of denied(operation)) {
      const expected = caller.kind === 'NOBODY' ? 'UNAUTHENTICATED' : 'FORBIDDEN'
      for (const answer of await asking.forEveryId(operation, caller)) {
        expect([caller.name, codeOf(answer)]).toEqual([caller.name, expected])
        expect(answer.data?.[operation.name] ?? null).toBeNull()
      }
    }
    expect(await contentsOf(app, owner)).toBe(before)
  })

  it('lets those who may, and shows them nothing of others', async () => {
    for (const caller of allowed(operation)) {
      const answer = await asking.forOwn(operation, caller)
      expect([caller.name, outcomeOf(operation, answer)]).toEqual([caller.name, 'OK'])
      // What is executed once for many is about none of them: a resolver that asks who is there breaks.
      expect(answer.errors.filter(({ extensions }) => extensions.code === UNEXPECTED)).toEqual([])
      expect(JSON.stringify(answer)).not.toContain(CANARY)
    }
  })

  it('knows no difference between the foreign, the absent, the misplaced and the misspelt', async () => {
    for (const idPath of operation.ids) {
      for (const caller of allowed(operation)) {
        const answers = await asking.forStrangeIds(operation, caller, idPath)
        for (const answer of answers) expect(sameAnswer(answer)).toEqual(sameAnswer(answers[0]))
        if (idPath.isRequired) expect(codeOf(answers[0]!)).toBe('NOT_FOUND')
        expect(JSON.stringify(answers)).not.toContain(CANARY)
      }
    }
    expect(await contentsOf(app, stranger)).toBe(strangersContents)
  })
})

describe('the matrix', () => {
  const names = (chosen: Operation[]) => chosen.map(({ name }) => name).toSorted()
  const isOpenTo = (test: (caller: Caller) => boolean) =>
    names(
      operations.filter(({ access }) => callers.filter(test).some((who) => isAllowed(access, who))),
    )

  it('opens nothing to strangers but what is listed', () => {
    expect(isOpenTo(({ kind }) => kind === 'NOBODY')).toEqual(PUBLIC.toSorted())
  })

  it('lets viewers, and keys that may only read, change nothing but their own affairs', () => {
    const mutations = names(operations.filter(({ kind }) => kind === 'mutation'))
    const readers = isOpenTo(({ name }) => name === 'VIEWER' || name.endsWith('_READ'))
    const changes = readers.filter((name) => mutations.includes(name))
    expect(changes).toEqual(mutations.filter((name) => OWN_AFFAIRS.includes(name)))
  })

  it('has an object of every type that has an id: otherwise add it to furnish.ts', () => {
    expect(Object.keys(asking.own).toSorted()).toEqual(nodeTypes.toSorted())
  })
})
