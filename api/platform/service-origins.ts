const SERVICES = ['slack', 'teams', 'discord', 'telegram', 'pagerduty'] as const

/** What others run and an operator may reach at another place: in a government's cloud, or in a house of one's own. */
export type Service = (typeof SERVICES)[number]

export type ServiceOrigins = Partial<Record<Service, string>>

const RULE = `must be service=origin,… such as slack=https://hooks.slack-gov.com, each once, of ${SERVICES.join(', ')}`

/** Parses SERVICE_ORIGINS: `slack=https://hooks.slack-gov.com,telegram=http://10.0.0.8:8081`. */
export function parseServiceOrigins(text: string): ServiceOrigins | { problem: string } {
  const origins: ServiceOrigins = {}
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name, origin = ''] = /^(\w+)=(.+)$/.exec(part) ?? []
    const service = SERVICES.find((one) => one === name)
    if (!service || origins[service] || !isOrigin(origin)) return { problem: RULE }
    origins[service] = origin
  }
  return origins
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url?.origin === text && /^https?:$/.test(url.protocol)
}
