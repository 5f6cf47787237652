const SERVICES = ['slack', 'teams', 'discord', 'telegram', 'pagerduty'] as const

/** What others run and an operator may reach at another place: in a government's cloud, or in a house of one's own. */
export type Service = (typeof SERVICES)[number]

export type ServiceOrigins = Partial<Record<Service, string>>

/** Parses SERVICE_ORIGINS: `slack=https://hooks.slack-gov.com,telegram=http://10.0.0.8:8081`. */
export function parseServiceOrigins(text: string): ServiceOrigins | { problem: string } {
  const origins: ServiceOrigins = {}
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name, origin = ''] = /^(\w+)=(.+)$/.exec(part) ?? []
    const service = SERVICES.find((one) => one === name)
    if (!service || URL.parse(origin)?.origin !== origin) {
      return {
        problem: `must be service=origin,… such as slack=https://hooks.slack-gov.com, of ${SERVICES.join(', ')}`,
      }
    }
    origins[service] = origin
  }
  return origins
}
