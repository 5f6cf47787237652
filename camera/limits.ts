/** To unpack the browser, once a machine: it takes 2 s where there is nothing else to do. */
export const UNPACK_LIMIT_MS = 30_000
/** From the start of the browser to the picture. */
export const SHOT_LIMIT_MS = 20_000
/** The longest that a picture can take: the first one waits for the browser. */
export const PICTURE_LIMIT_MS = UNPACK_LIMIT_MS + SHOT_LIMIT_MS
