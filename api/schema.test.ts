import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import SchemaBuilder from '@pothos/core'
import {
  BreakingChangeType,
  buildSchema,
  DangerousChangeType,
  findSchemaChanges,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import './graphql/access-plugin.ts'
import { acceptedBreaks } from './schema-breaks.ts'
import { schema } from './schema.ts'

const ROOT = new URL('..', import.meta.url)
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
)

describe('the schema', () => {
  it('describes every type, field, argument and enum value', () => {
    expect(types.flatMap(undescribed)).toEqual([])
    const bare = buildSchema('type Query { a(b: C): D } input C { e: Int } enum D { F }')
    const found = ['Query', 'C', 'D'].flatMap((name) => undescribed(bare.getType(name)!))
    expect(found).toEqual(['Query', 'Query.a', 'Query.a.b', 'C', 'C.e', 'D', 'D.F'])
  })

  it('is what schema.graphql says: otherwise run `npm run schema`', () => {
    const written = readFileSync(new URL('schema.graphql', ROOT), 'utf8')
    expect(written === `${printSchema(schema)}\n`).toBe(true)
  })

  it('breaks nothing that main promises, unless schema-breaks.ts accepts it', () => {
    const promised = schemaOnMain()
    const changes = promised ? findSchemaChanges(promised, schema) : []
    const words = (kinds: object) =>
      changes.filter(({ type }) => type in kinds).map(({ description }) => description)
    for (const danger of words(DangerousChangeType)) console.info(`Think twice: ${danger}`)
    expect(words(BreakingChangeType).filter(isUnaccepted)).toEqual([])
  })

  it('gives every mutation one input of its own and a payload', () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})
    for (const { name, args, type } of mutations) {
      const stem = name[0]?.toUpperCase() + name.slice(1)
      expect(args.map((argument) => `${argument.name}: ${String(argument.type)}`)).toEqual([
        `input: ${stem}Input!`,
      ])
      expect(String(type)).toBe(`${stem}Payload!`)
    }
  })

  it('gives every connection nodes, edges, totalCount and pageInfo', () => {
    const connections = types.filter(isObjectType).filter(({ name }) => name.endsWith('Connection'))
    for (const connection of connections) {
      const fields = Object.keys(connection.getFields())
      expect(fields).toEqual(expect.arrayContaining(['edges', 'nodes', 'pageInfo', 'totalCount']))
    }
  })
})

describe('access rules', () => {
  const builderWith = (
    field: object,
    type: object = { authScopes: {} },
    subscription: object = { authScopes: {} },
  ) => {
    // The types ask for the options of plugins that are not loaded here.
    const unused = {
      scopeAuth: { authScopes: () => ({}) },
      prisma: { client: neverAsked, dmmf: { datamodel: {} } },
    }
    const builder = new SchemaBuilder<object>({ plugins: ['access'], ...unused })
    builder.queryType({
      ...type,
      fields: (t) => ({ secret: t.string({ ...field, resolve: () => '' }) }),
    })
    builder.subscriptionType({
      authScopes: {},
      fields: (t) => ({
        secrets: t.string({ ...subscription, subscribe: neverAsked, resolve: () => '' }),
      }),
    })
    return () => builder.toSchema()
  }

  it('are demanded of every root field', () => {
    expect(builderWith({})).toThrow('Query.secret has no rule in authScopes')
    expect(builderWith({ authScopes: {} }, undefined, {})).toThrow(
      'Subscription.secrets has no rule in authScopes',
    )
    expect(builderWith({ authScopes: {} })).not.toThrow()
  })

  it('are demanded of every object type', () => {
    expect(builderWith({ authScopes: {} }, {})).toThrow('Query has no rule in authScopes')
  })
})

function neverAsked(): never {
  throw new Error('nothing is read here')
}

function undescribed(type: GraphQLNamedType): string[] {
  const own = type.description ? [] : [type.name]
  if (isEnumType(type)) {
    return [...own, ...namesOf(type.getValues().filter(isBare), `${type.name}.`)]
  }
  if (isInputObjectType(type)) {
    return [...own, ...namesOf(Object.values(type.getFields()).filter(isBare), `${type.name}.`)]
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return own
  const fields = Object.values(type.getFields())
  const args = fields.flatMap((field) =>
    namesOf(field.args.filter(isBare), `${type.name}.${field.name}.`),
  )
  return [...own, ...namesOf(fields.filter(isBare), `${type.name}.`), ...args]
}

function isBare({ description }: { description?: string | null }): boolean {
  return !description
}

function namesOf(parts: readonly { name: string }[], prefix: string): string[] {
  return parts.map(({ name }) => prefix + name)
}

function isUnaccepted(change: string): boolean {
  return !acceptedBreaks.includes(change)
}

/** Null where there is nothing to compare with: no git, or no main yet. */
function schemaOnMain() {
  for (const main of ['origin/main', 'main', 'HEAD']) {
    const shown = spawnSync('git', ['show', `${main}:schema.graphql`], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    if (shown.status === 0) return buildSchema(shown.stdout)
  }
  return null
}
