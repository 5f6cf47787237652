import { encodeId } from '../../api/graphql/ids.ts'
import type { Answer, TestServer } from '../graphql-server.ts'
import { PASSWORD, type Person } from '../people.ts'
import { full } from '../size.ts'
import { type Caller, isAllowed } from './callers.ts'
import { firstEvent, stirWorkspace } from './following.ts'
import { absent, createFurnisher, type Furniture } from './furnish.ts'
import {
  argumentsOf,
  documentOf,
  type IdPath,
  nodeTypes,
  type Operation,
  type Samples,
} from './operations.ts'

/** Their tokens come by mail only: refused for the token is as far as a generated input gets. */
const NEEDS_A_MAIL = ['resetPassword', 'verifyEmail', 'verifyContact', 'acceptInvitation']

/** Of no type that has an id, and of no type at all. */
const NOWHERE = [encodeId('Query', 'x'), encodeId('Nothing', 'x'), 'garbage', '', '💥']

export type Asking = {
  /** What the owner's workspace holds, by type. */
  own: Furniture
  /** With own ids, foreign ones and such as do not exist: all of them, or a share that differs from call to call. */
  forEveryId(operation: Operation, caller: Caller): Promise<Answer[]>
  /** With an object made for this very call: many operations leave nothing of it. */
  forOwn(operation: Operation, caller: Caller): Promise<Answer>
  /** With ids at one place that lead to nothing of this workspace: all foreign and absent ones, of others as above. */
  forStrangeIds(operation: Operation, caller: Caller, idPath: IdPath): Promise<Answer[]>
}

export async function createAsking(
  app: TestServer,
  owner: Person,
  stranger: Person,
): Promise<Asking> {
  const furnish = await createFurnisher(app, owner)
  const own = await furnish()
  const foreign = await (await createFurnisher(app, stranger))()
  const ask = createAsk(app, owner, own)
  const typesAt = createTypesAt(ask, furnish)
  const share = createShares()

  return {
    own,
    async forEveryId(operation, caller) {
      const [place = null] = operation.ids
      const ids = [...Object.values(own), ...Object.values(foreign), ...NOWHERE]
      const asked = place ? share(ids) : [null]
      return Promise.all(asked.map((id) => ask(operation, caller, place, id)))
    },
    async forOwn(operation, caller) {
      const place = operation.ids.find(({ isRequired }) => isRequired)
      if (!place) return ask(operation, caller, null, null)
      const types = await typesAt(operation, caller, place)
      // Whoever may ask for any node at all may see people.
      const type = types.length > 1 ? 'User' : types[0]!
      return ask(operation, caller, place, (await furnish())[type] ?? null)
    },
    async forStrangeIds(operation, caller, place) {
      const types = await typesAt(operation, caller, place)
      const strange = types.flatMap((type) => [foreign[type]!, absent()[type]!])
      const misplaced = Object.keys(own).filter((type) => !types.includes(type))
      const others = place.isRequired ? [...misplaced.map((type) => own[type]!), ...NOWHERE] : []
      return Promise.all(
        [...strange, ...share(others)].map((id) => ask(operation, caller, place, id)),
      )
    },
  }
}

/** One caller asks with the first of so many, the next with the second; together they ask with all. */
const SHARES = full ? 1 : 4

function createShares(): <T>(all: T[]) => T[] {
  let turn = 0
  return (all) => {
    turn += 1
    return all.filter((_, index) => index % SHARES === turn % SHARES)
  }
}

type Ask = (
  operation: Operation,
  caller: Caller,
  place: IdPath | null,
  id: string | null,
) => Promise<Answer>

/** Each request comes from an address of its own, so that no limit by address is met. */
function createAsk(app: TestServer, owner: Person, own: Furniture): Ask {
  let asked = 0
  return async (operation, caller, place, id) => {
    asked += 1
    const address = `10.${asked >> 16}.${(asked >> 8) & 255}.${asked & 255}`
    const samples = { ...samplesFor(caller, owner, asked), ...ownToChange(own) }
    const given = argumentsOf(operation, samples, place, id)
    const document = documentOf(operation, given, caller.kind === 'SESSION' ? undefined : 0)
    const token = await caller.token()
    const headers = { 'x-forwarded-for': address }
    if (operation.kind !== 'subscription') return app.ask(document, given, token, headers)
    const stir = async () => {
      if (isAllowed(operation.access, caller)) await stirWorkspace(app, owner, id)
    }
    return firstEvent(app, { query: document, variables: given, token }, stir)
  }
}

/** Which types of object a place takes: those that are found there. Asked once. */
function createTypesAt(ask: Ask, furnish: () => Promise<Furniture>) {
  const known = new Map<string, Promise<string[]>>()

  async function find(operation: Operation, caller: Caller, place: IdPath): Promise<string[]> {
    const found: string[] = []
    let fresh = await furnish()
    for (const type of nodeTypes) {
      const { errors } = await ask(operation, caller, place, fresh[type] ?? null)
      if (errors.some(({ extensions }) => extensions.code === 'NOT_FOUND')) continue
      found.push(type)
      // What was found may be gone now, and others with it.
      fresh = await furnish()
    }
    if (found.length > 0) return found
    throw new Error(`${operation.name} finds nothing at ${place.path.join('.')}: extend furnish.ts`)
  }

  return (operation: Operation, caller: Caller, place: IdPath): Promise<string[]> => {
    const name = [operation.name, ...place.path].join('.')
    const types = known.get(name) ?? find(operation, caller, place)
    known.set(name, types)
    return types
  }
}

/** The code of what the root field was refused for; a field below it may be refused on its own. */
export function codeOf({ errors }: Answer): string {
  const refused = errors.find(({ path }) => path === undefined || path.length === 1)
  return refused?.extensions.code ?? 'OK'
}

/** An answer without what names its request. */
export function sameAnswer(answer: Answer | undefined) {
  const errors = answer?.errors.map(({ message, path, extensions: { code, issues } }) => ({
    message,
    path,
    code,
    issues,
  }))
  return { status: answer?.status, data: answer?.data, errors }
}

/** What whoever may is answered. Fails where the input could not be generated, and says what is missing. */
export function outcomeOf({ name }: Operation, answer: Answer): string {
  const code = codeOf(answer)
  const issues = answer.errors[0]?.extensions.issues ?? []
  if (code !== 'BAD_USER_INPUT') return code
  if (NEEDS_A_MAIL.includes(name) && issues.every(({ path }) => path[0] === 'token')) return 'OK'
  const rules = issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')
  return `add a sample for ${name} to samplesFor in test/tenancy/asking.ts: ${rules}`
}

/** What is changed is one's own, where the id in question is another one. */
function ownToChange(own: Furniture): Samples {
  const updates = Object.entries(own).map(([type, id]) => [`Update${type}Input.id`, id])
  return {
    ...Object.fromEntries(updates),
    'SetMonitorParentsInput.monitorId': own.Monitor,
    'SetEscalationPolicyInput.monitorId': own.Monitor,
    'EscalationStepInput.channelIds': [own.Channel],
  }
}

/** What types alone do not tell: by field, or by `Type.field` where a name means several things. */
function samplesFor(caller: Caller, owner: Person, unique: number): Samples {
  return {
    email: `somebody-${unique}@example.com`,
    'SignInInput.email': owner.email,
    'RequestEmailVerificationInput.email': caller.email,
    password: PASSWORD,
    currentPassword: PASSWORD,
    newPassword: PASSWORD,
    role: 'VIEWER',
    region: `region-${unique}`,
    scopes: ['MONITORS_READ'],
    'CreateMonitorInput.kind': 'HTTP',
    'TestMonitorInput.kind': 'HTTP',
    'SetAlertSettingsInput.settings': [],
    'SetMonitorParentsInput.parentIds': [],
    'CreateMaintenanceWindowInput.startsAt': '2026-01-01T00:00',
    'CreateChannelInput.webhook': { url: 'http://127.0.0.1:9/' },
    // Nobody listens there.
    'CreateMonitorInput.target': 'http://127.0.0.1:9/',
    'TestMonitorInput.target': 'http://127.0.0.1:9/',
  }
}
