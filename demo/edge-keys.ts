import { ask, need } from './graphql.ts'

/** Where the local Worker pretends to be. */
export const EDGE_REGIONS = ['weur', 'enam', 'apac']

type Key = { probe: { keyId: string }; secret: string }
type Known = { id: string; region: string; kind: string; keyId: string | null }

/** PHAROS_KEYS for three regions: each gets a probe, or its probe of before a new secret. */
export async function edgeKeys(graphqlUrl: string, token: string): Promise<string> {
  const { probes } = need(
    await ask<{ probes: Known[] }>(graphqlUrl, '{ probes { id region kind keyId } }', {}, token),
  )
  const keys: string[] = []
  for (const region of EDGE_REGIONS) {
    const known = probes.find((probe) => probe.region === region && probe.keyId !== null)
    const { probe, secret } = known
      ? await rotate(graphqlUrl, token, known.id)
      : await register(graphqlUrl, token, region)
    keys.push(`${region}:${probe.keyId}:${secret}`)
  }
  return keys.join(',')
}

async function register(graphqlUrl: string, token: string, region: string): Promise<Key> {
  const mutation = `mutation ($input: RegisterProbeInput!) {
    registerProbe(input: $input) { probe { keyId } secret } }`
  const input = { name: `Edge ${region}`, region, kind: 'EDGE' }
  const answer = await ask<{ registerProbe: Key }>(graphqlUrl, mutation, { input }, token)
  return need(answer).registerProbe
}

async function rotate(graphqlUrl: string, token: string, id: string): Promise<Key> {
  const mutation = `mutation ($input: RotateProbeSecretInput!) {
    rotateProbeSecret(input: $input) { probe { keyId } secret } }`
  const answer = await ask<{ rotateProbeSecret: Key }>(
    graphqlUrl,
    mutation,
    { input: { id } },
    token,
  )
  return need(answer).rotateProbeSecret
}
