export type Answer<T> = {
  data?: T
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** One operation; `token` is who asks. */
export async function ask<T>(
  graphqlUrl: string,
  query: string,
  variables: object,
  token?: string,
): Promise<Answer<T>> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as Answer<T>
}

export function need<T>(answer: Answer<T>): T {
  if (!answer.data || answer.errors)
    throw new Error(`Pharos refused: ${answer.errors?.[0]?.message ?? 'no reason given'}`)
  return answer.data
}
