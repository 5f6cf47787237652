import { randomUUID } from 'node:crypto'
import { type ExecutionArgs, type ExecutionResult, getOperationAST, GraphQLError } from 'graphql'
import { CloseCode, type Context, makeServer, type Server, type SubscribePayload } from 'graphql-ws'
import { type Credential, credentialOf } from '../../accounts/credential.ts'
import type { Gate } from '../../graphql/gate.ts'
import type { Access } from '../../graphql/live/access.ts'
import type { Pass } from '../../graphql/live/pass.ts'
import type { Masking } from '../../graphql/masking.ts'
import type { Arrival, Yoga } from '../../graphql/yoga.ts'
import type { Place } from '../../platform/places.ts'
import { Refusal } from '../../refusal.ts'
import type { OpenLimits } from '../limits.ts'
import { createBeginnings } from './beginnings.ts'
import type { Connection } from './connection.ts'
import { holdersOf, type SocketHolder } from './holders.ts'
import { createOutlet, dismiss } from './outlet.ts'

/** Who is at the other end of a socket. */
export type Visitor = {
  connection: Connection
  clientIp: string | null
  /** Of the upgrade; null where it must not count. */
  cookie: string | null
  /** Asked for again with every operation. */
  credential: Credential
  /** Held until the socket closes, subscribed or not; null without credentials. */
  pass: Pass | null
  /** Among those of its holder; left once the socket is closed. */
  place: Place<SocketHolder>
}

export type Protocol = Server<Visitor>

type Params = Record<string, unknown>
type Visit = Context<Params, Visitor>
type Results = ExecutionResult | AsyncGenerator<ExecutionResult>
type Run = (args: ExecutionArgs) => Promise<Results>
/** An operation on its way through Yoga's plugins. */
type Operation = {
  execute: Run
  subscribe: Run
  tell(error: unknown): GraphQLError
  stands(): void
}
/** Errors instead, where it does not come to be. */
type Prepared = ExecutionArgs | GraphQLError[]

type Parts = { yoga: Yoga; gate: Gate; access: Access; masking: Masking; limits: OpenLimits }

/** graphql-transport-ws, each operation through the same pipeline as over HTTP. */
export function createProtocol({ yoga, gate, access, masking, limits }: Parts): Protocol {
  const operations = new WeakMap<ExecutionArgs, Operation>()
  const beginnings = createBeginnings()

  async function begin(visit: Visit, id: string, payload: SubscribePayload): Promise<Prepared> {
    const { connection } = visit.extra
    const stands = beginnings.take(connection, id)
    if (!stands) return refuseId(connection, id)
    const prepared = await prepare(visit, id, payload, stands)
    if (Array.isArray(prepared)) stands()
    return prepared
  }

  async function prepare(
    { extra, subscriptions }: Visit,
    id: string,
    { query, operationName, variables }: SubscribePayload,
    stands: () => void,
  ): Promise<Prepared> {
    const requestId = randomUUID()
    const tell = (error: unknown) => masking.tell(error, requestId)
    const refuse = (error: unknown) => {
      if (masking.mayPass(error)) extra.connection.closeForNow()
      return tell(error)
    }
    if (Object.keys(subscriptions).length > limits.maxOperations) {
      return [tell(tooManyOperations(limits.maxOperations))]
    }
    const enveloped = yoga.getEnveloped(arrivalOf(extra, id, requestId))
    try {
      const { schema } = enveloped
      const document = enveloped.parse(query)
      const errors = enveloped.validate(schema, document)
      if (errors.length > 0) return errors.map(tell)
      const operation = getOperationAST(document, operationName)
      if (!operation) return [tell(gate.counted(extra, unnamed()))]
      const contextValue = await enveloped.contextFactory()
      const args = { schema, document, operationName, variableValues: variables, contextValue }
      const isLive = operation.operation === 'subscription'
      operations.set(args, { ...enveloped, tell: isLive ? refuse : tell, stands })
      return args
    } catch (error) {
      return [refuse(error)]
    }
  }

  function run(kind: 'execute' | 'subscribe'): Run {
    return async (args) => {
      const { tell, stands, [kind]: work } = operations.get(args)!
      operations.delete(args)
      try {
        const result = await work(args)
        return 'errors' in result ? { ...result, errors: result.errors?.map(tell) } : result
      } catch (error) {
        return { errors: [tell(error)] }
      } finally {
        stands()
      }
    }
  }

  return makeServer<Params, Visitor>({
    connectionInitWaitTimeout: limits.initDeadlineMs,
    onConnect: ({ connectionParams, extra }) =>
      letIn({ gate, access }, extra, connectionParams ?? {}),
    onClose: ({ extra }) => letGo(access, extra),
    onSubscribe: begin,
    execute: run('execute'),
    subscribe: run('subscribe'),
    onError: (_context, _id, _payload, errors) =>
      errors.map((error) => (isTold(error) ? error : masking.tell(causeOf(error), randomUUID()))),
  })
}

function arrivalOf(
  { clientIp, credential, connection }: Visitor,
  id: string,
  requestId: string,
): Arrival {
  const outlet = createOutlet(connection, id)
  return { requestId, clientIp, credential, answerHeaders: new Headers(), outlet }
}

/** Without credentials one may come in as well, for what is open to all. */
async function letIn(
  { gate, access }: Pick<Parts, 'gate' | 'access'>,
  visitor: Visitor,
  { authorization }: Params,
): Promise<boolean> {
  const given = authorization == null ? null : readText(authorization)
  visitor.credential = credentialOf({
    get: (name) => (name === 'authorization' ? given : visitor.cookie),
  })
  try {
    const principal = await gate.identify(visitor)
    if (!visitor.place.moveTo(holdersOf(principal, visitor.clientIp))) return turnAway(visitor)
    if (principal) {
      visitor.pass = access.admit(principal, (loss) => dismiss(visitor.connection, loss))
    }
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return error.code === 'RATE_LIMITED' ? turnAway(visitor) : false
  }
}

/** For now. One that has closed meanwhile finds no place either, and nobody is told. */
function turnAway({ connection }: Visitor): false {
  connection.closeForNow()
  return false
}

function letGo(access: Access, { pass }: Visitor): void {
  if (pass) access.release(pass)
}

/** What is no text is no credential. */
function readText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isTold(error: GraphQLError): boolean {
  return error.extensions.requestId !== undefined
}

/** What a stream broke of arrives wrapped. */
function causeOf(error: GraphQLError): unknown {
  return error.cause ?? error
}

function refuseId(connection: Connection, id: string): GraphQLError[] {
  const message = `Subscriber for ${id} already exists`
  connection.close(CloseCode.SubscriberAlreadyExists, message)
  return [new GraphQLError(message)]
}

function unnamed(): GraphQLError {
  return new GraphQLError('Name one of the operations of the document.')
}

function tooManyOperations(maxOperations: number): Refusal {
  return new Refusal('LIMIT_REACHED', `A socket carries at most ${maxOperations} operations.`)
}
