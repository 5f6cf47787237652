import { z } from 'zod'
import type { HttpExpectations } from '../../../../core/check.ts'
import { httpMethods } from '../../../../core/vocabulary.ts'

/** What the row shows of the HTTP expectations: header names without values, credentials by type alone. */
export type ShownHttp = Omit<HttpExpectations, 'headers' | 'auth'> & {
  headerNames: string[]
  authType: 'BASIC' | 'BEARER' | null
}

type HttpSecrets = Pick<HttpExpectations, 'headers' | 'auth'>

export const shownHttp: z.ZodType<ShownHttp> = z.object({
  method: z.enum(httpMethods),
  headerNames: z.array(z.string()),
  body: z.string().nullable(),
  authType: z.enum(['BASIC', 'BEARER']).nullable(),
  followRedirects: z.boolean(),
  verifyTls: z.boolean(),
  expectedStatus: z.array(z.object({ from: z.int(), to: z.int() })),
})

const httpSecrets: z.ZodType<HttpSecrets> = z.object({
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  auth: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('BASIC'), username: z.string(), password: z.string() }),
      z.object({ type: z.literal('BEARER'), token: z.string() }),
    ])
    .nullable(),
})

export function splitHttp({ headers, auth, ...plain }: HttpExpectations): {
  shown: ShownHttp
  secrets: HttpSecrets | null
} {
  const headerNames = headers.map((header) => header.name)
  const hasSecrets = headers.length > 0 || auth !== null
  return {
    shown: { ...plain, headerNames, authType: auth?.type ?? null },
    secrets: hasSecrets ? { headers, auth } : null,
  }
}

/** Throws where the row does not hold them. */
export function joinHttp(shown: unknown, secrets: unknown): HttpExpectations {
  const { headerNames: _, authType: __, ...plain } = shownHttp.parse(shown)
  return { ...plain, ...httpSecrets.parse(secrets ?? { headers: [], auth: null }) }
}
