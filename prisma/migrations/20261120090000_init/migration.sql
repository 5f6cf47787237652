-- From "By hand" on is what Prisma's schema language has no words for.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "role" AS ENUM ('OWNER', 'ADMIN', 'MEMBER', 'VIEWER');

-- CreateEnum
CREATE TYPE "monitor_kind" AS ENUM ('HTTP');

-- CreateEnum
CREATE TYPE "monitor_status" AS ENUM ('PENDING', 'UP', 'DEGRADED', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'PAUSED');

-- CreateEnum
CREATE TYPE "check_outcome" AS ENUM ('UP', 'DOWN', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "check_error_kind" AS ENUM ('DNS_FAILURE', 'CONNECTION_REFUSED', 'CONNECTION_RESET', 'CONNECTION_FAILED', 'TLS_FAILURE', 'TIMEOUT', 'INVALID_RESPONSE', 'BODY_TOO_LARGE', 'TOO_MANY_REDIRECTS', 'UNEXPECTED_STATUS', 'ASSERTION_FAILED', 'BLOCKED_TARGET', 'PROBE_FAILURE');

-- CreateEnum
CREATE TYPE "incident_kind" AS ENUM ('DOWN', 'LATENCY', 'CERTIFICATE', 'METRIC');

-- CreateEnum
CREATE TYPE "incident_status" AS ENUM ('OPEN', 'ACKNOWLEDGED', 'RESOLVED');

-- CreateEnum
CREATE TYPE "incident_entry_kind" AS ENUM ('OPENED', 'ACKNOWLEDGED', 'COMMENTED', 'REVISED', 'RESOLVED', 'RETRACTED');

-- CreateEnum
CREATE TYPE "alert_type" AS ENUM ('DOWN', 'UP', 'SLOW', 'NORMAL');

-- CreateEnum
CREATE TYPE "alert_channel" AS ENUM ('EMAIL');

-- CreateEnum
CREATE TYPE "delivery_status" AS ENUM ('PENDING', 'SENT', 'FAILED');

-- CreateEnum
CREATE TYPE "account_mail_kind" AS ENUM ('VERIFY_EMAIL', 'RESET_PASSWORD', 'INVITATION');

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "owner_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "email_verified_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workspaces" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "name" TEXT NOT NULL,
    "max_monitors" INTEGER NOT NULL DEFAULT 1000,
    "min_interval_seconds" INTEGER NOT NULL DEFAULT 10,
    "suspended_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspaces_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "memberships" (
    "workspace_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "role" "role" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "memberships_pkey" PRIMARY KEY ("workspace_id","user_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "user_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "created_by_id" UUID,
    "name" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "invited_by_id" UUID,
    "email" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "account_mails" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "kind" "account_mail_kind" NOT NULL,
    "user_id" UUID,
    "invitation_id" UUID,
    "recipient" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "account_mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "monitors" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "created_by_id" UUID,
    "name" TEXT NOT NULL,
    "kind" "monitor_kind" NOT NULL,
    "target" TEXT NOT NULL,
    "interval_seconds" INTEGER NOT NULL,
    "timeout_ms" INTEGER NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "regions" TEXT[],
    "quorum" INTEGER,
    "failure_threshold" INTEGER NOT NULL,
    "recovery_threshold" INTEGER NOT NULL,
    "latency_threshold_ms" INTEGER,
    "slow_threshold" INTEGER NOT NULL,
    "normal_threshold" INTEGER NOT NULL,
    "alert_email" TEXT,
    "http" JSONB,
    "http_secrets" BYTEA,
    "assertions" JSONB NOT NULL DEFAULT '[]',
    "status" "monitor_status" NOT NULL DEFAULT 'PENDING',
    "status_since" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decidable_from" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "quarantined_at" TIMESTAMPTZ(3),
    "quarantine_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "monitors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "assignments" (
    "monitor_id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "workspace_id" UUID NOT NULL,
    "slot_at" TIMESTAMPTZ(3) NOT NULL,
    "attempt" SMALLINT NOT NULL DEFAULT 0,
    "is_leased" BOOLEAN NOT NULL DEFAULT false,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "claimable_at" TIMESTAMPTZ(3),

    CONSTRAINT "assignments_pkey" PRIMARY KEY ("monitor_id","region")
);

-- CreateTable
CREATE TABLE "region_votes" (
    "monitor_id" UUID NOT NULL,
    "region" TEXT NOT NULL,
    "workspace_id" UUID NOT NULL,
    "track" JSON NOT NULL,
    "silence_check_at" TIMESTAMPTZ(3),
    "last_slot_at" TIMESTAMPTZ(3),
    "last_attempt" SMALLINT,
    "last_checked_at" TIMESTAMPTZ(3),
    "last_outcome" "check_outcome",
    "last_http_status" SMALLINT,
    "last_error_kind" "check_error_kind",
    "last_message" TEXT,
    "last_latency_ms" REAL,

    CONSTRAINT "region_votes_pkey" PRIMARY KEY ("monitor_id","region")
);

-- CreateTable
CREATE TABLE "checks" (
    "monitor_id" UUID NOT NULL,
    "scheduled_at" TIMESTAMPTZ(3) NOT NULL,
    "attempt" SMALLINT NOT NULL,
    "region" TEXT NOT NULL,
    "workspace_id" UUID NOT NULL,
    "checked_at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" "check_outcome" NOT NULL,
    "error_kind" "check_error_kind",
    "http_status" SMALLINT,
    "message" TEXT,
    "dns_ok" BOOLEAN,
    "tls_ok" BOOLEAN,
    "content_ok" BOOLEAN,
    "latency_ms" REAL,
    "resolve_ms" REAL,
    "connect_ms" REAL,
    "tls_ms" REAL,
    "processing_ms" REAL,
    "transfer_ms" REAL,
    "certificate_expires_at" TIMESTAMPTZ(3),
    "remote_address" TEXT,
    "is_late" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "checks_pkey" PRIMARY KEY ("monitor_id","scheduled_at","attempt","region")
) PARTITION BY RANGE ("scheduled_at");

-- CreateTable
CREATE TABLE "check_rollups" (
    "monitor_id" UUID NOT NULL,
    "hour_at" TIMESTAMPTZ(3) NOT NULL,
    "region" TEXT NOT NULL,
    "workspace_id" UUID NOT NULL,
    "up_count" INTEGER NOT NULL,
    "down_count" INTEGER NOT NULL,
    "unknown_count" INTEGER NOT NULL,
    "buckets" SMALLINT[],
    "bucket_counts" INTEGER[],

    CONSTRAINT "check_rollups_pkey" PRIMARY KEY ("monitor_id","hour_at","region")
);

-- CreateTable
CREATE TABLE "progress" (
    "name" TEXT NOT NULL,
    "through_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "progress_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "purges" (
    "monitor_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "purges_pkey" PRIMARY KEY ("monitor_id")
);

-- CreateTable
CREATE TABLE "transitions" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "monitor_id" UUID NOT NULL,
    "from_status" "monitor_status" NOT NULL,
    "to_status" "monitor_status" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "votes" JSONB NOT NULL,
    "policy" JSONB NOT NULL,
    "reason" TEXT NOT NULL,
    "cause" TEXT,
    "superseded_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "transitions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "incidents" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "monitor_id" UUID NOT NULL,
    "kind" "incident_kind" NOT NULL,
    "status" "incident_status" NOT NULL DEFAULT 'OPEN',
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "acknowledged_at" TIMESTAMPTZ(3),
    "acknowledged_by_id" UUID,
    "resolved_at" TIMESTAMPTZ(3),
    "retracted_at" TIMESTAMPTZ(3),
    "cause" TEXT NOT NULL,
    "screenshot_url" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "incidents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "incident_entries" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "incident_id" UUID NOT NULL,
    "kind" "incident_entry_kind" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "user_id" UUID,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "incident_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "position" BIGSERIAL NOT NULL,
    "workspace_id" UUID NOT NULL,
    "monitor_id" UUID NOT NULL,
    "incident_id" UUID NOT NULL,
    "transition_id" UUID NOT NULL,
    "type" "alert_type" NOT NULL,
    "channel" "alert_channel" NOT NULL,
    "recipient" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE INDEX "memberships_user_id_idx" ON "memberships"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_public_id_key" ON "api_keys"("public_id");

-- CreateIndex
CREATE INDEX "api_keys_workspace_id_idx" ON "api_keys"("workspace_id");

-- CreateIndex
CREATE INDEX "invitations_workspace_id_idx" ON "invitations"("workspace_id");

-- CreateIndex
CREATE INDEX "account_mails_user_id_idx" ON "account_mails"("user_id");

-- CreateIndex
CREATE INDEX "account_mails_invitation_id_idx" ON "account_mails"("invitation_id");

-- CreateIndex
CREATE INDEX "monitors_workspace_id_id_idx" ON "monitors"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "assignments_region_claimable_at_idx" ON "assignments"("region", "claimable_at");

-- CreateIndex
CREATE INDEX "region_votes_silence_check_at_idx" ON "region_votes"("silence_check_at");

-- CreateIndex
CREATE INDEX "transitions_monitor_id_at_idx" ON "transitions"("monitor_id", "at");

-- CreateIndex
CREATE INDEX "incidents_workspace_id_started_at_id_idx" ON "incidents"("workspace_id", "started_at", "id");

-- CreateIndex
CREATE INDEX "incidents_monitor_id_started_at_idx" ON "incidents"("monitor_id", "started_at");

-- CreateIndex
CREATE INDEX "incident_entries_incident_id_at_idx" ON "incident_entries"("incident_id", "at");

-- CreateIndex
CREATE INDEX "alerts_workspace_id_id_idx" ON "alerts"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "alerts_monitor_id_idx" ON "alerts"("monitor_id");

-- CreateIndex
CREATE INDEX "alerts_transition_id_idx" ON "alerts"("transition_id");

-- CreateIndex
CREATE UNIQUE INDEX "alerts_incident_id_type_transition_id_channel_recipient_key" ON "alerts"("incident_id", "type", "transition_id", "channel", "recipient");

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_id_fkey" FOREIGN KEY ("created_by_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_invited_by_id_fkey" FOREIGN KEY ("invited_by_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_invitation_id_fkey" FOREIGN KEY ("invitation_id") REFERENCES "invitations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "monitors" ADD CONSTRAINT "monitors_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "monitors" ADD CONSTRAINT "monitors_created_by_id_fkey" FOREIGN KEY ("created_by_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "region_votes" ADD CONSTRAINT "region_votes_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transitions" ADD CONSTRAINT "transitions_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incidents" ADD CONSTRAINT "incidents_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incidents" ADD CONSTRAINT "incidents_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incidents" ADD CONSTRAINT "incidents_acknowledged_by_id_fkey" FOREIGN KEY ("acknowledged_by_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incident_entries" ADD CONSTRAINT "incident_entries_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incidents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incident_entries" ADD CONSTRAINT "incident_entries_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incidents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_transition_id_fkey" FOREIGN KEY ("transition_id") REFERENCES "transitions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- By hand: the days of "checks" live in a schema of their own, out of sight of Prisma's comparison.
-- There is no default partition on purpose: a row for a day that was never made is an error to its
-- writer, not a row that no retention would ever drop.
CREATE SCHEMA "partitions";

-- One open incident per monitor and kind, whoever decides and however often.
CREATE UNIQUE INDEX "incidents_one_open_per_monitor_and_kind" ON "incidents"("monitor_id", "kind") WHERE "status" <> 'RESOLVED';

-- What the dispatcher polls, and the order it keeps per monitor, channel and recipient.
CREATE INDEX "alerts_pending_idx" ON "alerts"("next_attempt_at") WHERE "status" = 'PENDING';
CREATE INDEX "alerts_pending_order_idx" ON "alerts"("monitor_id", "channel", "recipient", "position") WHERE "status" = 'PENDING';
CREATE INDEX "account_mails_pending_idx" ON "account_mails"("next_attempt_at") WHERE "status" = 'PENDING';

-- Rewritten on every check. The free space keeps a rewrite of a vote on its page, so that it touches
-- no index; vacuum comes by rows changed, not by a share of the table.
ALTER TABLE "region_votes" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "assignments" SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "check_rollups" SET (fillfactor = 80);

-- The last line behind the validation of the API.
ALTER TABLE "installation" ADD CONSTRAINT "installation_single" CHECK ("id" = 1);
ALTER TABLE "users" ADD CONSTRAINT "users_email_lower" CHECK ("email" = lower("email"));
ALTER TABLE "workspaces"
    ADD CONSTRAINT "workspaces_max_monitors" CHECK ("max_monitors" >= 0),
    ADD CONSTRAINT "workspaces_min_interval" CHECK ("min_interval_seconds" BETWEEN 10 AND 86400);
ALTER TABLE "monitors"
    ADD CONSTRAINT "monitors_name" CHECK (char_length("name") BETWEEN 1 AND 200),
    ADD CONSTRAINT "monitors_target" CHECK (char_length("target") BETWEEN 1 AND 2048),
    ADD CONSTRAINT "monitors_interval" CHECK ("interval_seconds" BETWEEN 10 AND 86400),
    ADD CONSTRAINT "monitors_timeout" CHECK ("timeout_ms" BETWEEN 1 AND 30000),
    ADD CONSTRAINT "monitors_regions" CHECK (cardinality("regions") >= 1),
    ADD CONSTRAINT "monitors_quorum" CHECK ("quorum" BETWEEN 1 AND cardinality("regions")),
    ADD CONSTRAINT "monitors_thresholds" CHECK (least("failure_threshold", "recovery_threshold", "slow_threshold", "normal_threshold") >= 1),
    ADD CONSTRAINT "monitors_latency_threshold" CHECK ("latency_threshold_ms" >= 1);
ALTER TABLE "assignments" ADD CONSTRAINT "assignments_attempt" CHECK ("attempt" >= 0);
ALTER TABLE "checks"
    ADD CONSTRAINT "checks_attempt" CHECK ("attempt" >= 0),
    ADD CONSTRAINT "checks_error_kind" CHECK (("outcome" = 'UP') = ("error_kind" IS NULL));
ALTER TABLE "check_rollups"
    ADD CONSTRAINT "check_rollups_counts" CHECK (least("up_count", "down_count", "unknown_count") >= 0),
    ADD CONSTRAINT "check_rollups_buckets" CHECK (cardinality("buckets") = cardinality("bucket_counts"));
ALTER TABLE "incidents"
    ADD CONSTRAINT "incidents_resolved" CHECK (("status" = 'RESOLVED') = ("resolved_at" IS NOT NULL OR "retracted_at" IS NOT NULL)),
    ADD CONSTRAINT "incidents_duration" CHECK ("resolved_at" >= "started_at");
ALTER TABLE "alerts"
    ADD CONSTRAINT "alerts_attempts" CHECK ("attempts" >= 0),
    ADD CONSTRAINT "alerts_sent" CHECK (("status" = 'SENT') = ("sent_at" IS NOT NULL));
ALTER TABLE "account_mails"
    ADD CONSTRAINT "account_mails_subject" CHECK (num_nonnulls("user_id", "invitation_id") = 1),
    ADD CONSTRAINT "account_mails_attempts" CHECK ("attempts" >= 0),
    ADD CONSTRAINT "account_mails_sent" CHECK (("status" = 'SENT') = ("sent_at" IS NOT NULL));
