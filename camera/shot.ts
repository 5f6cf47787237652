/** Who the browser runs as, where we are root. */
export type BrowserUser = { uid: number; gid: number }

/** A browser that is there, and the folder that says where its fonts are; null: where the machine's are. */
export type BrowserPlace = { path: string; fonts: string | null }

/** The only way out of one browser: whoever else finds the port lacks the password. */
export type ProxyAddress = { port: number; username: string; password: string }

/** What the process that takes one picture is told. */
export type Shot = {
  url: string
  /** Whether a certificate that is not to be trusted is shown as the trouble it is. */
  verifyTls: boolean
  browser: BrowserPlace
  user: BrowserUser | null
  /** A folder for this picture alone. */
  profile: string
  proxy: ProxyAddress
}

export type Picture = { ok: true; png: Uint8Array } | { ok: false; problem: string }

export function noPicture(problem: string): Picture {
  return { ok: false, problem }
}
