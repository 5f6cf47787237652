import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  PothosSchemaError,
  type PothosTypeConfig,
  type SchemaTypes,
} from '@pothos/core'

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Pothos is told of a plugin
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      access: AccessPlugin<Types>
    }
  }
}

/**
 * Default deny: a schema with an object type or a root field that says nothing of access cannot be
 * built. The rule of a root field stays readable as its extension `access`.
 */
export class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    if (config.graphqlKind === 'Object') ruleOf(config.name, config.pothosOptions)
    return config
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>) {
    const isRoot = ['Query', 'Mutation', 'Subscription'].includes(config.kind)
    if (!isRoot) return config
    const access = ruleOf(`${config.parentType}.${config.name}`, config.pothosOptions)
    return { ...config, extensions: { ...config.extensions, access } }
  }
}

SchemaBuilder.registerPlugin('access', AccessPlugin)

function ruleOf(name: string, { authScopes }: { authScopes?: unknown }): unknown {
  if (authScopes === undefined) throw new PothosSchemaError(`${name} has no rule in authScopes`)
  return authScopes
}
