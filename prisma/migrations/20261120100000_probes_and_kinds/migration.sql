-- CreateEnum
CREATE TYPE "probe_kind" AS ENUM ('AGENT', 'EDGE');

-- CreateEnum
CREATE TYPE "notice_kind" AS ENUM ('PROBE_SILENT', 'REGION_UNHEALTHY');

-- CreateEnum
CREATE TYPE "heartbeat_ping_kind" AS ENUM ('START', 'SUCCESS', 'FAIL', 'LOG');

-- AlterEnum
ALTER TYPE "monitor_kind" ADD VALUE 'TCP';
ALTER TYPE "monitor_kind" ADD VALUE 'PING';
ALTER TYPE "monitor_kind" ADD VALUE 'DNS';
ALTER TYPE "monitor_kind" ADD VALUE 'TLS';
ALTER TYPE "monitor_kind" ADD VALUE 'HEARTBEAT';

-- AlterEnum
ALTER TYPE "check_error_kind" ADD VALUE 'UNEXPECTED_RESPONSE';
ALTER TYPE "check_error_kind" ADD VALUE 'PACKET_LOSS';
ALTER TYPE "check_error_kind" ADD VALUE 'HEARTBEAT_MISSED';
ALTER TYPE "check_error_kind" ADD VALUE 'HEARTBEAT_FAILED';

-- AlterEnum
ALTER TYPE "alert_type" ADD VALUE 'CERTIFICATE_EXPIRY';
ALTER TYPE "alert_type" ADD VALUE 'CERTIFICATE_RENEWED';

-- AlterEnum
ALTER TYPE "account_mail_kind" ADD VALUE 'NOTICE';

-- AlterTable
ALTER TABLE "account_mails" ADD COLUMN     "notice_id" UUID;

-- AlterTable
ALTER TABLE "monitors" RENAME COLUMN "http" TO "expectations";
ALTER TABLE "monitors" RENAME COLUMN "http_secrets" TO "secrets";
ALTER TABLE "monitors"
    ADD COLUMN "certificate_alerts" BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN "certificate_due_at" TIMESTAMPTZ(3),
    ADD COLUMN "certificate_expires_at" TIMESTAMPTZ(3),
    ADD COLUMN "certificate_told_days" SMALLINT;

-- AlterTable
ALTER TABLE "region_votes" ADD COLUMN     "certificate_expires_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "checks" ADD COLUMN     "details" JSON;

-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "days_left" INTEGER,
ALTER COLUMN "transition_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "probes" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "probe_kind" NOT NULL,
    "region" TEXT NOT NULL,
    "is_shared" BOOLEAN NOT NULL DEFAULT false,
    "secret" BYTEA NOT NULL,
    "former_secret" BYTEA,
    "former_secret_ends_at" TIMESTAMPTZ(3),
    "capabilities" "monitor_kind"[],
    "version" TEXT,
    "observed_colo" TEXT,
    "last_seen_at" TIMESTAMPTZ(3),
    "clock_offset_ms" INTEGER,
    "lag_ms" INTEGER,
    "accepted_count" BIGINT NOT NULL DEFAULT 0,
    "refused_count" BIGINT NOT NULL DEFAULT 0,
    "unhealthy_since" TIMESTAMPTZ(3),
    "silence_check_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "probes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "probe_messages" (
    "probe_id" UUID NOT NULL,
    "message_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "probe_messages_pkey" PRIMARY KEY ("probe_id","message_id")
);

-- CreateTable
CREATE TABLE "notices" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "kind" "notice_kind" NOT NULL,
    "probe_id" UUID,
    "region" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "heartbeats" (
    "monitor_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "token_version" INTEGER NOT NULL DEFAULT 1,
    "expected_at" TIMESTAMPTZ(3),
    "due_at" TIMESTAMPTZ(3),
    "started_at" TIMESTAMPTZ(3),
    "last_ping_at" TIMESTAMPTZ(3),

    CONSTRAINT "heartbeats_pkey" PRIMARY KEY ("monitor_id")
);

-- CreateTable
CREATE TABLE "heartbeat_pings" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "monitor_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "kind" "heartbeat_ping_kind" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "exit_code" INTEGER,
    "run_ms" INTEGER,
    "body" TEXT,
    "remote_address" TEXT,

    CONSTRAINT "heartbeat_pings_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "probes_workspace_id_idx" ON "probes"("workspace_id");

-- CreateIndex
CREATE INDEX "probes_region_idx" ON "probes"("region");

-- CreateIndex
CREATE INDEX "probes_silence_check_at_idx" ON "probes"("silence_check_at");

-- CreateIndex
CREATE INDEX "probe_messages_at_idx" ON "probe_messages"("at");

-- CreateIndex
CREATE INDEX "notices_workspace_id_started_at_idx" ON "notices"("workspace_id", "started_at");

-- CreateIndex
CREATE INDEX "notices_probe_id_idx" ON "notices"("probe_id");

-- CreateIndex
CREATE INDEX "heartbeats_due_at_idx" ON "heartbeats"("due_at");

-- CreateIndex
CREATE INDEX "heartbeat_pings_monitor_id_id_idx" ON "heartbeat_pings"("monitor_id", "id");

-- CreateIndex
CREATE INDEX "account_mails_notice_id_idx" ON "account_mails"("notice_id");

-- CreateIndex
CREATE INDEX "monitors_certificate_due_at_idx" ON "monitors"("certificate_due_at");

-- AddForeignKey
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_notice_id_fkey" FOREIGN KEY ("notice_id") REFERENCES "notices"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "probes" ADD CONSTRAINT "probes_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "probe_messages" ADD CONSTRAINT "probe_messages_probe_id_fkey" FOREIGN KEY ("probe_id") REFERENCES "probes"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_probe_id_fkey" FOREIGN KEY ("probe_id") REFERENCES "probes"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "heartbeats" ADD CONSTRAINT "heartbeats_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "heartbeat_pings" ADD CONSTRAINT "heartbeat_pings_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "heartbeats"("monitor_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One word a threshold on a certificate: such an alert has no transition that could tell two apart.
CREATE UNIQUE INDEX "alerts_certificate_key" ON "alerts"("incident_id", "type", "days_left", "channel", "recipient") WHERE "transition_id" IS NULL;

-- One open notice of a kind and place.
CREATE UNIQUE INDEX "notices_open_key" ON "notices"("workspace_id", "kind", "region", coalesce("probe_id", '00000000-0000-0000-0000-000000000000')) WHERE "resolved_at" IS NULL;

-- One live probe per region of a workspace: a region has one vote.
CREATE UNIQUE INDEX "probes_live_region_key" ON "probes"("workspace_id", "region") WHERE "revoked_at" IS NULL;

-- And one that serves everybody.
CREATE UNIQUE INDEX "probes_shared_region_key" ON "probes"("region") WHERE "is_shared" AND "revoked_at" IS NULL;

-- A job that calls us is nowhere, and may run once a year: its interval is its longest pause, its timeout its grace.
-- Compared as text: a value cannot be used in the transaction that adds it to its type.
ALTER TABLE "monitors"
    DROP CONSTRAINT "monitors_target",
    DROP CONSTRAINT "monitors_interval",
    DROP CONSTRAINT "monitors_timeout",
    ADD CONSTRAINT "monitors_target" CHECK (char_length("target") <= 2048 AND ("target" = '') = ("kind"::text = 'HEARTBEAT')),
    ADD CONSTRAINT "monitors_interval" CHECK ("interval_seconds" BETWEEN 10 AND CASE WHEN "kind"::text = 'HEARTBEAT' THEN 34300800 ELSE 86400 END),
    ADD CONSTRAINT "monitors_timeout" CHECK ("timeout_ms" BETWEEN 1 AND CASE WHEN "kind"::text = 'HEARTBEAT' THEN 604800000 ELSE 30000 END);
ALTER TABLE "heartbeats"
    ADD CONSTRAINT "heartbeats_due" CHECK (num_nonnulls("expected_at", "due_at") <> 1);
ALTER TABLE "account_mails"
    DROP CONSTRAINT "account_mails_subject",
    ADD CONSTRAINT "account_mails_subject" CHECK (num_nonnulls("user_id", "invitation_id", "notice_id") = 1);
