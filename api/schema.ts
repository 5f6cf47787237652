import type { GraphQLSchema } from 'graphql'
import './accounts/graphql.ts'
import './alerts/graphql.ts'
import './checks/graphql.ts'
import { builder } from './graphql/builder.ts'
import './heartbeats/graphql.ts'
import './incidents/graphql.ts'
import './monitors/editing/graphql.ts'
import './monitors/graphql.ts'
import './probes/graphql.ts'
import './uptime/graphql.ts'

/** The schema of every domain imported above; needs no database. */
export const schema: GraphQLSchema = builder.toSchema()
