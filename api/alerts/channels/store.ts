/** What tells of a channel `c`, whose contact is `k`, whom an alert goes to. */
export const RECIPIENT = `c.kind AS channel, c.id AS "channelId",
  CASE WHEN c.kind = 'EMAIL' THEN k.email ELSE c.label END AS address,
  CASE WHEN k.quiet_from IS NOT NULL THEN json_build_object('timeZone', k.time_zone,
    'hours', json_build_object('from', k.quiet_from, 'to', k.quiet_to)) END AS quiet`

/** Whether anything may go over it. */
export const IS_LIVE = `c.disabled_at IS NULL AND (c.kind <> 'EMAIL' OR k.verified_at IS NOT NULL)`
