-- The few that were tried and wait for their next attempt: asked whenever a receiver takes something.
CREATE INDEX "alerts_waiting_idx" ON "alerts"("workspace_id", "channel", "next_attempt_at") WHERE "status" = 'PENDING' AND "digest_id" IS NULL AND "fence" > 0;
CREATE INDEX "digests_waiting_idx" ON "digests"("workspace_id", "channel", "next_attempt_at") WHERE "status" = 'PENDING' AND "fence" > 0;
