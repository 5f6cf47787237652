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

/** Default deny: a schema with an object type or a root field that says nothing of access cannot be built. */
export class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    if (config.graphqlKind === 'Object') requireRule(config.name, config.pothosOptions)
    return config
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>) {
    const isRoot = ['Query', 'Mutation', 'Subscription'].includes(config.kind)
    if (isRoot) requireRule(`${config.parentType}.${config.name}`, config.pothosOptions)
    return config
  }
}

SchemaBuilder.registerPlugin('access', AccessPlugin)

function requireRule(name: string, { authScopes }: { authScopes?: unknown }): void {
  if (authScopes === undefined) throw new PothosSchemaError(`${name} has no rule in authScopes`)
}
