import type { Rendered } from './broadcast.ts'
import type { Loss } from './pass.ts'

/** How a transport of its own sends what a subscriber is told. Without one, results are pulled. */
export type Outlet = {
  /** A promise where the next one has to wait for the reader. */
  deliver(rendered: Rendered): Promise<void> | undefined
  /** Nothing more goes out: who was subscribed may no longer see it. */
  cut(loss: Loss): void
}
