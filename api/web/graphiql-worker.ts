import { parentPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'
import type { GraphiqlPage } from './graphiql.ts'
import { contentSecurityPolicyOf } from './page-security.ts'
import { welcome } from './welcome.ts'

/** Everything is in the page, so that it works behind any proxy and under a strict policy. */
const html = renderGraphiQL({ title: 'Pharos GraphiQL', defaultQuery: welcome })

const page: GraphiqlPage = {
  gzipped: gzipSync(html),
  contentSecurityPolicy: contentSecurityPolicyOf(html),
}
parentPort?.postMessage(page)
