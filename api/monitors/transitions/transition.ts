import { isUuid } from '../../uuid.ts'
import type { Transition } from '../timeline.ts'

/** A transition as the record keeps it, in force or not. Instants are epoch milliseconds. */
export type ShownTransition = Transition & { id: string; supersededAt: number | null }

/** Place of a transition in its monitor's record. Several may hold from the same instant. */
export type TransitionPlace = Pick<ShownTransition, 'at' | 'decidedAt' | 'id'>

export function formatPlace({ at, decidedAt, id }: TransitionPlace): string {
  return `${at}/${decidedAt}/${id}`
}

/** Null for what `formatPlace` cannot have made. */
export function parsePlace(text: string): TransitionPlace | null {
  const [, at, decidedAt, id = ''] = PLACE.exec(text) ?? []
  return isUuid(id) ? { at: Number(at), decidedAt: Number(decidedAt), id } : null
}

// Few enough digits for Postgres.
const PLACE = /^(\d{1,14})\/(\d{1,14})\/([\w-]+)$/
