-- When the last outage of a monitor was over, whatever its history: asked whenever another depends on it and fails.
CREATE INDEX "incidents_outages_over_idx" ON "incidents"("monitor_id", "resolved_at") WHERE "kind" = 'DOWN' AND "retracted_at" IS NULL;
