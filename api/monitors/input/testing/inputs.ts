import type { MonitorInput } from '../input.ts'

export const shop: MonitorInput = {
  name: 'Shop',
  kind: 'HTTP',
  target: 'https://shop.example.com/',
}

export const basic = (username: string, password: string) => ({
  auth: { basic: { username, password } },
})

export const contains = (target: string | null) =>
  ({ source: 'BODY', property: null, comparison: 'CONTAINS', target }) as const
