/** Where it is, and who asks; the token is asked for anew with every connection. */
export type Pharos = { url: string; token(): string }

/** What a screen shows, and the cursor behind which lies all that may change of it. In one operation. */
export const START = /* GraphQL */ `
  query Start {
    changesCursor
    monitors(first: 100) {
      nodes {
        id
        name
        status
      }
    }
  }
`

export const CHANGES = /* GraphQL */ `
  subscription Changes($after: String!) {
    changes(after: $after) {
      cursor
      action
      id
      node {
        id
        ... on Monitor {
          name
          status
        }
      }
    }
  }
`

export type Monitor = { id: string; name: string; status: string }

export type Start = { changesCursor: string; monitors: { nodes: Monitor[] } }

/** `node` is null once it is gone. */
export type Change = {
  cursor: string
  action: 'CREATED' | 'UPDATED' | 'DELETED'
  id: string
  node: (Partial<Monitor> & { id: string }) | null
}

/** With what is new, and without what is gone; what was there already stays where it is. */
export function withChange(start: Start, { id, node }: Change): Start {
  const { nodes } = start.monitors
  if (node === null)
    return withNodes(
      start,
      nodes.filter((monitor) => monitor.id !== id),
    )
  const isNew = isMonitor(node) && nodes.every((monitor) => monitor.id !== id)
  return isNew ? withNodes(start, [...nodes, node]) : start
}

function withNodes(start: Start, nodes: Monitor[]): Start {
  return { ...start, monitors: { ...start.monitors, nodes } }
}

/** Not an incident, and not an alert. */
export function isMonitor(node: Partial<Monitor>): node is Monitor {
  return node.status !== undefined
}

export type Problem = { message: string; extensions?: Record<string, unknown> }

export type Result<Data> = { data?: Data | null; errors?: readonly Problem[] }

/** What Pharos has refused: asking the same again does not help. */
export class Refused extends Error {
  problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join(' '))
    this.problems = problems
  }
}

/** A part of an answer may be missing, with an error that says why; only where all is, it was refused. */
export function dataOf<Data>({ data, errors = [] }: Result<Data>): Data {
  if (data) return data
  throw errors.some(mayPass) ? new Error('Pharos cannot answer now.') : new Refused(errors)
}

/** Something of Pharos' own broke, and nothing was refused: its database may be away for a moment. */
function mayPass({ extensions }: Problem): boolean {
  return extensions?.code === 'INTERNAL_SERVER_ERROR'
}

/** Whether somebody was away for so long that changes were missed which are no longer kept. */
export function hasExpired(problems: readonly Problem[]): boolean {
  return problems.some(({ extensions }) => extensions?.oldestCursor !== undefined)
}
