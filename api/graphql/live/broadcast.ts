import type { Shelf } from './shelf.ts'

/** One selection of one audience: what an event looks like to it is found out once, and told to all its followers. */
export type Broadcast = {
  readonly key: string
  readonly workspaceId: string
  followers: number
  /** The text of a result; a promise for those who ask before it is there. */
  render(event: object): string | Promise<string>
}

export type Execute = (event: object, isNeeded: () => boolean) => Promise<string>

export function createBroadcast(
  { key, workspaceId }: { key: string; workspaceId: string },
  shelf: Shelf,
  execute: Execute,
): Broadcast {
  const texts = new WeakMap<object, string | Promise<string>>()

  async function renderFirst(event: object): Promise<string> {
    const text = await execute(event, () => broadcast.followers > 0)
    texts.set(event, text)
    shelf.put({ length: text.length, drop: () => texts.delete(event) })
    return text
  }

  const broadcast: Broadcast = {
    key,
    workspaceId,
    followers: 0,
    render: (event) => texts.getOrInsertComputed(event, renderFirst),
  }
  return broadcast
}
