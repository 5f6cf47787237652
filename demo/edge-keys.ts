import type { EdgeRegion, ProbeKey } from '../edge-probe/settings.ts'
import { ask, need } from './graphql.ts'

/** Where the local Worker pretends to be. */
export const DEMO_REGIONS = ['weur', 'enam', 'apac'] as const satisfies EdgeRegion[]

type Made = { probe: { keyId: string }; secret: string }
type Known = { id: string; region: string; keyId: string | null }

/** A key for each region: of a new probe, or a new secret for its probe of before. */
export async function edgeKeys(graphqlUrl: string, token: string): Promise<ProbeKey[]> {
  const { probes } = need(
    await ask<{ probes: Known[] }>(graphqlUrl, '{ probes { id region keyId } }', {}, token),
  )
  const keys: ProbeKey[] = []
  for (const region of DEMO_REGIONS) {
    const known = probes.find((probe) => probe.region === region && probe.keyId !== null)
    const { probe, secret } = known
      ? await rotate(graphqlUrl, token, known.id)
      : await register(graphqlUrl, token, region)
    keys.push({ region, probeId: probe.keyId, secret })
  }
  return keys
}

async function register(graphqlUrl: string, token: string, region: string): Promise<Made> {
  const mutation = `mutation ($input: RegisterProbeInput!) {
    registerProbe(input: $input) { probe { keyId } secret } }`
  const input = { name: `Edge ${region}`, region, kind: 'EDGE' }
  const answer = await ask<{ registerProbe: Made }>(graphqlUrl, mutation, { input }, token)
  return need(answer).registerProbe
}

async function rotate(graphqlUrl: string, token: string, id: string): Promise<Made> {
  const mutation = `mutation ($input: RotateProbeSecretInput!) {
    rotateProbeSecret(input: $input) { probe { keyId } secret } }`
  const input = { id }
  const answer = await ask<{ rotateProbeSecret: Made }>(graphqlUrl, mutation, { input }, token)
  return need(answer).rotateProbeSecret
}
