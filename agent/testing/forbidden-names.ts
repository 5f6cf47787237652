import type { Question, Reply } from './dns-server.ts'

/** Stands for the public internet. */
export const PUBLIC = '127.0.0.2'

/** Names that lead to where no check may go. */
export const FORBIDDEN_NAMES: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'],
  'loopback6.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'translated.example': ['64:ff9b::7f00:1'],
  'metadata.example': ['169.254.169.254'],
  'metadata6.example': ['fd00:ec2::254'],
  'private.example': ['10.0.0.1', '192.168.0.1'],
  'mixed.example': [PUBLIC, '127.0.0.1'],
  'mixed-last.example': [PUBLIC, PUBLIC, PUBLIC, '127.0.0.1'],
  'mixed6.example': [PUBLIC, '::1'],
}

/** Answers for them, and for `rebound.example`: public when first asked and loopback ever after. */
export function forbiddenNames() {
  let isRebound = false
  const rebind = (type: Question['type']): Reply => {
    if (type === 'AAAA') return []
    const address = isRebound ? '127.0.0.1' : PUBLIC
    isRebound = true
    return [address]
  }
  return {
    isRebound: () => isRebound,
    unbind() {
      isRebound = false
    },
    reply({ name, type }: Question): Reply {
      if (name === 'rebound.example') return rebind(type)
      const addresses = FORBIDDEN_NAMES[name]
      const isWanted = (address: string) => address.includes(':') === (type === 'AAAA')
      return addresses?.filter(isWanted) ?? 'NXDOMAIN'
    },
  }
}
