import { encodeId } from '../graphql/ids.ts'

const MOST_LISTED = 100

/** GraphiQL shows a sign-in nowhere. */
const TOKEN = '# Under Headers: { "authorization": "Bearer …" }, with your token.\n'

/** Where messages lead: short, and the same whatever one day answers there. */
export function incidentUrl(publicUrl: string, incidentId: string): string {
  return new URL(`/incidents/${encodeId('Incident', incidentId)}`, publicUrl).href
}

export function incidentsUrl(publicUrl: string): string {
  return new URL('/incidents', publicUrl).href
}

/** GraphiQL with the incident filled in, and what acknowledges it. `id` is that of the API. */
export function incidentInGraphiql(id: string): string {
  return graphiql(`${TOKEN}query Look {
  incident(id: ${JSON.stringify(id)}) {
    kind
    status
    cause
    startedAt
    resolvedAt
    screenshotUrl
    monitor { name target status }
    timeline { at text user { name } }
  }
}

mutation Acknowledge {
  acknowledgeIncident(input: { id: ${JSON.stringify(id)} }) {
    incident { status acknowledgedBy { name } }
  }
}
`)
}

export function incidentsInGraphiql(): string {
  return graphiql(`${TOKEN}{
  incidents(first: ${MOST_LISTED}, filter: { status: [OPEN, ACKNOWLEDGED] }) {
    nodes {
      id
      kind
      status
      startedAt
      cause
      monitor { name }
    }
  }
}
`)
}

function graphiql(document: string): string {
  return `/graphql?${new URLSearchParams({ query: document })}`
}
