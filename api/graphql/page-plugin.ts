import SchemaBuilder, {
  BasePlugin,
  type PothosOutputFieldConfig,
  type SchemaTypes,
} from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { Refusal } from '../refusal.ts'
import { MAX_PAGE_SIZE } from './limits.ts'

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- how Pothos is told of a plugin
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      page: PagePlugin<Types>
    }
  }
}

/** Refuses page sizes outside 1–100 instead of quietly trimming them, and describes `totalCount`. */
export class PagePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>) {
    if (config.name !== 'totalCount' || config.description) return config
    return { ...config, description: 'How many objects the whole list holds.' }
  }

  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    if (!('first' in config.args)) return resolve
    return (parent, args, context, info) => {
      refuseBadPage(args)
      return resolve(parent, args, context, info)
    }
  }
}

SchemaBuilder.registerPlugin('page', PagePlugin)

function refuseBadPage(args: { first?: number | null; last?: number | null }): void {
  const issues = (['first', 'last'] as const)
    .filter((name) => !isPageSize(args[name]))
    .map((name) => ({ path: [name], message: `must be from 1 to ${MAX_PAGE_SIZE}` }))
  if (args.first != null && args.last != null) {
    issues.push({ path: ['last'], message: 'cannot be combined with first' })
  }
  if (issues.length > 0) throw new Refusal('BAD_USER_INPUT', 'The page cannot be read.', { issues })
}

function isPageSize(size: number | null | undefined): boolean {
  return size == null || (size >= 1 && size <= MAX_PAGE_SIZE)
}
