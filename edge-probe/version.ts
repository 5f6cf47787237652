/** Told with every sync; the one of package.json. */
export const EDGE_VERSION = '0.1.0'
