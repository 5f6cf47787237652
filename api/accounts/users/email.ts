import { z } from 'zod'
import { addressProblem } from '../../../core/email-address.ts'

/** Case is dropped, so that nobody can register a second spelling of the same address. */
export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .superRefine((address, context) => {
    const message = addressProblem(address)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
