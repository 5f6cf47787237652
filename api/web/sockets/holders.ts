import { holderIdOf, type Principal } from '../../accounts/principal.ts'
import { networkOf } from '../../network.ts'

/** Who holds a socket that has not said yet whose it is. They find room beside those who stay nameless. */
export function newcomerFrom(clientIp: string | null): string {
  return `newcomer ${networkOf(clientIp)}`
}

/** Who holds it from then on. */
export function holderOf(principal: Principal | null, clientIp: string | null): string {
  return principal === null ? `stranger ${networkOf(clientIp)}` : holderIdOf(principal)
}
