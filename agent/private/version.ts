/** Told with every sync; the one of package.json. */
export const AGENT_VERSION = '0.1.0'
