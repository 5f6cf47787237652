import type { GraphQLSchema } from 'graphql'
import './accounts/graphql.ts'
import { builder } from './graphql/builder.ts'

/** The schema of every domain imported above; needs no database. */
export const schema: GraphQLSchema = builder.toSchema()
