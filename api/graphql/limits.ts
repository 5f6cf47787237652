/** Every limit of an operation, on all transports. Each is one small rule of its own; of what stays open: web/limits.ts. */
export const MAX_BODY_BYTES = 262_144
export const MAX_DOCUMENT_BYTES = 20_480
export const MAX_TOKENS = 1_000
export const MAX_DEPTH = 10
export const MAX_ALIASES = 15
export const MAX_ROOT_FIELDS = 20
export const MAX_VARIABLE_DEPTH = 20
/** Told at once; the rest can wait until these are mended. */
export const MAX_VARIABLE_ISSUES = 50
export const MAX_COMPLEXITY = 10_000
export const OPERATION_DEADLINE_MS = 10_000
/** For who holds too much open: by then a socket is closed on which nobody answers any more, though not yet a stream. */
export const HOLDING_RETRY_SECONDS = 30
export const MAX_PAGE_SIZE = 100
export const DEFAULT_PAGE_SIZE = 20
/** What a plain list is taken to hold when an operation's cost is reckoned. */
export const ASSUMED_LIST_LENGTH = 10
