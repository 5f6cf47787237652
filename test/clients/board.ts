import { repeatUntil } from './patience.ts'
import { type Change, hasExpired, isMonitor, type Monitor, Refused, type Start } from './pharos.ts'

/** Something that stays right: the monitors, by id. */
export type Board = {
  monitors: ReadonlyMap<string, Monitor>
  show(monitors: Monitor[]): void
  apply(change: Change): void
}

export function createBoard(): Board {
  const monitors = new Map<string, Monitor>()
  return {
    monitors,
    show(fresh) {
      monitors.clear()
      for (const monitor of fresh) monitors.set(monitor.id, monitor)
    },
    // It carries what is so, not what was done to it: what was known already does no harm.
    apply({ id, node }) {
      if (node === null) monitors.delete(id)
      else if (isMonitor(node)) monitors.set(id, node)
    },
  }
}

/** A way to Pharos: ./plain.ts and ./sse.ts. */
export type Connection = {
  read(signal: AbortSignal): Promise<Start>
  /** Tells every change behind a cursor, in order and once. Ends by the signal, or with what was refused. */
  follow(after: string, tell: (change: Change) => void, signal: AbortSignal): Promise<void>
}

/** Keeps the board right until the signal. Who was away for too long reads it afresh. */
export function keepUp(
  { read, follow }: Connection,
  board: Board,
  signal: AbortSignal,
): Promise<void> {
  return repeatUntil(signal, async () => {
    const { changesCursor, monitors } = await read(signal)
    board.show(monitors.nodes)
    try {
      await follow(changesCursor, board.apply, signal)
    } catch (error) {
      if (!(error instanceof Refused && hasExpired(error.problems))) throw error
    }
  })
}
