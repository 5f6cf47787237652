/** Undefined for what is no JSON: nothing that is JSON is read as that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
