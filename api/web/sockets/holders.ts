import { type Caller, callerOf, type Principal } from '../../accounts/principal.ts'
import { networkOf } from '../../network.ts'
import type { Holders } from '../../platform/places.ts'

/** Kinds of those of whom each may hold only so many sockets; of strangers all together as well. */
export type SocketHolder = keyof Caller | 'stranger' | 'strangers' | 'newcomer'

/** Whose a socket is that has not said yet whose it is. They find room beside those who stay nameless. */
export function newcomerFrom(clientIp: string | null): Holders<SocketHolder> {
  return { newcomer: networkOf(clientIp) }
}

/** Whose it is from then on. */
export function holdersOf(
  principal: Principal | null,
  clientIp: string | null,
): Holders<SocketHolder> {
  if (principal !== null) return callerOf(principal)
  return { stranger: networkOf(clientIp), strangers: 'all' }
}
