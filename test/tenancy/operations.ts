import { complexityFromQuery } from '@pothos/plugin-complexity'
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql'
import { MAX_COMPLEXITY } from '../../api/graphql/limits.ts'
import { systemClock } from '../../api/platform/clock.ts'
import { schema } from '../../api/schema.ts'

/** Where an id goes in: the names that lead to it, such as `input.userId`. */
export type IdPath = { path: string[]; isRequired: boolean }

export type Operation = {
  kind: 'query' | 'mutation' | 'subscription'
  name: string
  access: unknown
  ids: IdPath[]
  field: GraphQLField<unknown, unknown>
}

/** Sample values by `Type.field`, given even where the field is optional, or by `field` for all types; the rest follows from the types. */
export type Samples = Record<string, unknown>

/** Levels of objects below the root field that are asked for. */
const DEEPEST = 3

/** Every query, mutation and subscription there is. */
export const operations: Operation[] = [
  ...operationsOf('query', schema.getQueryType()),
  ...operationsOf('mutation', schema.getMutationType()),
  ...operationsOf('subscription', schema.getSubscriptionType()),
]

/** The types of objects that have an id. */
export const nodeTypes = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'))
  .map(({ name }) => name)

/** Asks for all there is, as many levels deep as the limit of cost allows, with arguments as variables. */
export function documentOf(operation: Operation, given: object, deepest = DEEPEST): string {
  for (let depth = deepest; depth > 0; depth -= 1) {
    const document = documentWith(operation, Object.keys(given), depth)
    const asked = { schema, variables: { ...given }, ctx: { deps: { clock: systemClock } } }
    const { complexity } = complexityFromQuery(document, asked)
    if (complexity <= MAX_COMPLEXITY) return document
  }
  return documentWith(operation, Object.keys(given), 0)
}

function documentWith({ kind, name, field }: Operation, given: string[], depth: number): string {
  const types = new Map(field.args.map((argument) => [argument.name, String(argument.type)]))
  const variables = given.map((argument) => `$${argument}: ${types.get(argument)}`).join(', ')
  const args = given.map((argument) => `${argument}: $${argument}`).join(', ')
  const selection = selectionOf(getNamedType(field.type), depth, [])
  if (given.length === 0) return `${kind} { ${name} ${selection} }`
  return `${kind} (${variables}) { ${name}(${args}) ${selection} }`
}

/** Arguments with what is required, and with `id` at `idPath`, which may be an optional place. */
export function argumentsOf(
  { field, name }: Operation,
  samples: Samples,
  idPath: IdPath | null,
  id: string | null,
): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const argument of field.args) {
    const isOnPath = idPath?.path[0] === argument.name
    if (!isOnPath && !isRequiredArgument(argument)) continue
    const rest = isOnPath ? idPath.path.slice(1) : null
    given[argument.name] = valueOf(argument.type, `${name}.${argument.name}`, { samples, rest, id })
  }
  return given
}

type Filling = { samples: Samples; rest: string[] | null; id: string | null }

function valueOf(type: GraphQLInputType, coordinate: string, filling: Filling): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, coordinate, filling)
  const { samples, rest, id } = filling
  if (rest?.length === 0) return isListType(type) ? [id] : id
  const sample = samples[coordinate] ?? samples[coordinate.replace(/^.*\./, '')]
  if (sample !== undefined && rest === null) return sample
  if (isListType(type)) return [valueOf(type.ofType, coordinate, filling)]
  if (isInputObjectType(type)) return inputOf(type, filling)
  return leafOf(type)
}

function inputOf(
  type: GraphQLInputObjectType,
  { samples, rest, id }: Filling,
): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const field of Object.values(type.getFields())) {
    const isOnPath = rest?.[0] === field.name
    const isSampled = samples[`${type.name}.${field.name}`] !== undefined
    if (!isOnPath && !isRequiredInputField(field) && !isSampled) continue
    const below = { samples, id, rest: isOnPath && rest ? rest.slice(1) : null }
    given[field.name] = valueOf(field.type, `${type.name}.${field.name}`, below)
  }
  return given
}

function leafOf(type: GraphQLInputType): unknown {
  if (isEnumType(type)) return type.getValues()[0]?.name
  const byName: Record<string, unknown> = {
    String: 'sample',
    ID: 'sample',
    Int: 1,
    Float: 1,
    Boolean: true,
    DateTime: '2030-01-01T00:00:00.000Z',
  }
  return byName[getNamedType(type).name]
}

function selectionOf(type: GraphQLNamedType, depth: number, seen: string[]): string {
  if (isLeafType(type)) return ''
  if (isUnionType(type)) return '{ __typename }'
  if (!isObjectType(type)) return '{ __typename id }'
  const fields = Object.values(type.getFields()).filter(
    (field) => !field.args.some(isRequiredArgument),
  )
  const leaves = fields.filter(({ type: of }) => isLeafType(getNamedType(of)))
  const objects = depth > 0 ? fields.filter((field) => isWorthwhile(field, seen)) : []
  const below = objects.map((field) => {
    const page = field.args.some(({ name }) => name === 'first') ? '(first: 2)' : ''
    const named = getNamedType(field.type)
    return `${field.name}${page} ${selectionOf(named, depth - 1, [...seen, type.name])}`
  })
  return `{ ${['__typename', ...leaves.map(({ name }) => name), ...below].join(' ')} }`
}

/** Not back to where we came from, and nodes of a connection once. */
function isWorthwhile({ name, type }: GraphQLField<unknown, unknown>, seen: string[]): boolean {
  const named = getNamedType(type)
  return !isLeafType(named) && !seen.includes(named.name) && name !== 'edges' && name !== 'pageInfo'
}

function operationsOf(
  kind: Operation['kind'],
  root: { getFields(): Record<string, GraphQLField<unknown, unknown>> } | null | undefined,
): Operation[] {
  return Object.values(root?.getFields() ?? {}).map((field) => ({
    kind,
    name: field.name,
    access: field.extensions.access,
    ids: field.args.flatMap((argument) =>
      idPathsOf(argument.type, [argument.name], isRequiredArgument(argument)),
    ),
    field,
  }))
}

function idPathsOf(type: GraphQLInputType, path: string[], isRequired: boolean): IdPath[] {
  const named = getNamedType(type)
  if (named.name === 'ID') return [{ path, isRequired }]
  if (!isInputObjectType(named) || isListType(getNullableType(type))) return []
  return Object.values(named.getFields()).flatMap((field) =>
    idPathsOf(field.type, [...path, field.name], isRequired && isRequiredInputField(field)),
  )
}
