import { CloseCode, MessageType } from 'graphql-ws'
import type { Outlet } from '../../graphql/live/outlet.ts'
import type { Loss } from '../../graphql/live/pass.ts'
import type { Connection } from './connection.ts'
import { textFrame } from './frame.ts'

const SERVICE_RESTART = 1012
const AFTER = Buffer.from('}')

/** 4403 is final to a client; after 1012 it connects again, and is told what it may still see. */
const farewells = {
  GONE: { code: CloseCode.Forbidden, reason: 'Forbidden' },
  CHANGED: { code: SERVICE_RESTART, reason: 'Access has changed' },
} satisfies Record<Loss, { code: number; reason: string }>

/** The results of one subscription, each put around bytes that are shared with all who are told the same. */
export function createOutlet(connection: Connection, id: string): Outlet {
  const before = Buffer.from(`{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":`)
  return {
    deliver: (rendered) => connection.sendFrame(textFrame(before, rendered, AFTER)),
    cut: (loss) => dismiss(connection, loss),
  }
}

/** Nobody who lost their access stays. */
export function dismiss(connection: Connection, loss: Loss): void {
  const { code, reason } = farewells[loss]
  connection.close(code, reason)
}
