-- CreateEnum
CREATE TYPE "withheld_reason" AS ENUM ('MAINTENANCE', 'DEPENDENCY', 'QUIET_HOURS', 'NOT_TOLD', 'OVER');

-- CreateEnum
CREATE TYPE "delivery_outcome" AS ENUM ('ACCEPTED', 'RETRY', 'PERMANENT', 'GONE');

-- AlterEnum
ALTER TYPE "alert_channel" ADD VALUE 'WEBHOOK';
ALTER TYPE "alert_channel" ADD VALUE 'SLACK';
ALTER TYPE "alert_channel" ADD VALUE 'TEAMS';
ALTER TYPE "alert_channel" ADD VALUE 'DISCORD';
ALTER TYPE "alert_channel" ADD VALUE 'TELEGRAM';
ALTER TYPE "alert_channel" ADD VALUE 'PAGERDUTY';
ALTER TYPE "alert_channel" ADD VALUE 'NTFY';

-- AlterEnum
ALTER TYPE "delivery_status" ADD VALUE 'WITHHELD';

-- AlterEnum
ALTER TYPE "account_mail_kind" ADD VALUE 'VERIFY_CONTACT';

-- AlterEnum
ALTER TYPE "notice_kind" ADD VALUE 'CHANNEL_DISABLED';

-- DropIndex
DROP INDEX "alerts_incident_id_type_transition_id_channel_recipient_key";

-- AlterTable
ALTER TABLE "account_mails" ADD COLUMN     "contact_id" UUID;

-- AlterTable
ALTER TABLE "notices" ADD COLUMN     "channel_id" UUID;

-- AlterTable
ALTER TABLE "monitors" ADD COLUMN     "escalation_policy_id" UUID;

-- AlterTable
ALTER TABLE "incidents" ADD COLUMN     "acknowledgement_ends_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "channel_id" UUID,
ADD COLUMN     "digest_id" UUID,
ADD COLUMN     "review_at" TIMESTAMPTZ(3),
ADD COLUMN     "round" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "withheld_reason" "withheld_reason";

-- CreateTable
CREATE TABLE "contacts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(3),
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "quiet_from" SMALLINT,
    "quiet_to" SMALLINT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contacts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "channels" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "contact_id" UUID,
    "kind" "alert_channel" NOT NULL,
    "name" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "secrets" BYTEA,
    "wording" JSONB,
    "max_per_hour" INTEGER,
    "disabled_at" TIMESTAMPTZ(3),
    "disabled_reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "channels_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_settings" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "monitor_id" UUID,
    "channel_id" UUID NOT NULL,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "on_down" BOOLEAN NOT NULL DEFAULT true,
    "on_up" BOOLEAN NOT NULL DEFAULT true,
    "on_slow" BOOLEAN NOT NULL DEFAULT true,
    "on_certificate" BOOLEAN NOT NULL DEFAULT true,
    "slow_threshold_ms" INTEGER,

    CONSTRAINT "alert_settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "digests" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "channel" "alert_channel" NOT NULL,
    "channel_id" UUID,
    "recipient" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "digests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_attempts" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "channel_id" UUID,
    "alert_id" UUID,
    "digest_id" UUID,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" "delivery_outcome" NOT NULL,
    "why" TEXT,
    "duration_ms" INTEGER NOT NULL,
    "request" TEXT,
    "response_status" SMALLINT,
    "response" TEXT,

    CONSTRAINT "delivery_attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "escalation_policies" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "steps" JSONB NOT NULL,
    "repeats" INTEGER NOT NULL DEFAULT 0,
    "acknowledgement_minutes" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "escalation_policies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "escalations" (
    "incident_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "policy" JSONB NOT NULL,
    "step" INTEGER NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "escalations_pkey" PRIMARY KEY ("incident_id")
);

-- CreateTable
CREATE TABLE "evidence" (
    "incident_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "taken_at" TIMESTAMPTZ(3),
    "http_status" SMALLINT,
    "headers" JSONB,
    "body" TEXT,
    "body_bytes" INTEGER,
    "media_name" TEXT,
    "problem" TEXT,

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("incident_id")
);

-- CreateTable
CREATE TABLE "maintenance_windows" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "starts_at" TEXT NOT NULL,
    "duration_minutes" INTEGER NOT NULL,
    "rrule" TEXT,
    "is_for_all" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "spanned_until" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "maintenance_windows_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "maintained_monitors" (
    "window_id" UUID NOT NULL,
    "monitor_id" UUID NOT NULL,

    CONSTRAINT "maintained_monitors_pkey" PRIMARY KEY ("window_id","monitor_id")
);

-- CreateTable
CREATE TABLE "maintenance_spans" (
    "window_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,
    "turns_at" TIMESTAMPTZ(3),

    CONSTRAINT "maintenance_spans_pkey" PRIMARY KEY ("window_id","starts_at")
);

-- CreateTable
CREATE TABLE "monitor_dependencies" (
    "monitor_id" UUID NOT NULL,
    "parent_id" UUID NOT NULL,
    "workspace_id" UUID NOT NULL,

    CONSTRAINT "monitor_dependencies_pkey" PRIMARY KEY ("monitor_id","parent_id")
);

-- CreateIndex
CREATE UNIQUE INDEX "contacts_workspace_id_email_key" ON "contacts"("workspace_id", "email");

-- CreateIndex
CREATE INDEX "channels_workspace_id_id_idx" ON "channels"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "channels_contact_id_idx" ON "channels"("contact_id");

-- CreateIndex
CREATE INDEX "alert_settings_workspace_id_monitor_id_idx" ON "alert_settings"("workspace_id", "monitor_id");

-- CreateIndex
CREATE INDEX "alert_settings_monitor_id_idx" ON "alert_settings"("monitor_id");

-- CreateIndex
CREATE INDEX "alert_settings_channel_id_idx" ON "alert_settings"("channel_id");

-- CreateIndex
CREATE INDEX "digests_workspace_id_id_idx" ON "digests"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "digests_channel_id_idx" ON "digests"("channel_id");

-- CreateIndex
CREATE INDEX "delivery_attempts_alert_id_idx" ON "delivery_attempts"("alert_id");

-- CreateIndex
CREATE INDEX "delivery_attempts_digest_id_idx" ON "delivery_attempts"("digest_id");

-- CreateIndex
CREATE INDEX "delivery_attempts_channel_id_id_idx" ON "delivery_attempts"("channel_id", "id");

-- CreateIndex
CREATE INDEX "delivery_attempts_at_idx" ON "delivery_attempts"("at");

-- CreateIndex
CREATE INDEX "escalation_policies_workspace_id_id_idx" ON "escalation_policies"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "escalations_due_at_idx" ON "escalations"("due_at");

-- CreateIndex
CREATE INDEX "evidence_due_at_idx" ON "evidence"("due_at");

-- CreateIndex
CREATE INDEX "evidence_created_at_idx" ON "evidence"("created_at");

-- CreateIndex
CREATE INDEX "evidence_media_name_idx" ON "evidence"("media_name");

-- CreateIndex
CREATE INDEX "maintenance_windows_workspace_id_id_idx" ON "maintenance_windows"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "maintenance_windows_spanned_until_idx" ON "maintenance_windows"("spanned_until");

-- CreateIndex
CREATE INDEX "maintained_monitors_monitor_id_idx" ON "maintained_monitors"("monitor_id");

-- CreateIndex
CREATE INDEX "maintenance_spans_workspace_id_starts_at_idx" ON "maintenance_spans"("workspace_id", "starts_at");

-- CreateIndex
CREATE INDEX "monitor_dependencies_parent_id_idx" ON "monitor_dependencies"("parent_id");

-- CreateIndex
CREATE INDEX "account_mails_contact_id_idx" ON "account_mails"("contact_id");

-- CreateIndex
CREATE INDEX "notices_channel_id_idx" ON "notices"("channel_id");

-- CreateIndex
CREATE INDEX "monitors_escalation_policy_id_idx" ON "monitors"("escalation_policy_id");

-- CreateIndex
CREATE INDEX "alerts_incident_id_idx" ON "alerts"("incident_id");

-- CreateIndex
CREATE INDEX "alerts_channel_id_idx" ON "alerts"("channel_id");

-- CreateIndex
CREATE INDEX "alerts_digest_id_idx" ON "alerts"("digest_id");

-- AddForeignKey
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notices" ADD CONSTRAINT "notices_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "monitors" ADD CONSTRAINT "monitors_escalation_policy_id_fkey" FOREIGN KEY ("escalation_policy_id") REFERENCES "escalation_policies"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alerts" ADD CONSTRAINT "alerts_digest_id_fkey" FOREIGN KEY ("digest_id") REFERENCES "digests"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channels" ADD CONSTRAINT "channels_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "channels" ADD CONSTRAINT "channels_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_settings" ADD CONSTRAINT "alert_settings_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_settings" ADD CONSTRAINT "alert_settings_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_settings" ADD CONSTRAINT "alert_settings_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "digests" ADD CONSTRAINT "digests_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "digests" ADD CONSTRAINT "digests_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_channel_id_fkey" FOREIGN KEY ("channel_id") REFERENCES "channels"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery_attempts" ADD CONSTRAINT "delivery_attempts_digest_id_fkey" FOREIGN KEY ("digest_id") REFERENCES "digests"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "escalation_policies" ADD CONSTRAINT "escalation_policies_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incidents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evidence" ADD CONSTRAINT "evidence_incident_id_fkey" FOREIGN KEY ("incident_id") REFERENCES "incidents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "maintenance_windows" ADD CONSTRAINT "maintenance_windows_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "maintained_monitors" ADD CONSTRAINT "maintained_monitors_window_id_fkey" FOREIGN KEY ("window_id") REFERENCES "maintenance_windows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "maintained_monitors" ADD CONSTRAINT "maintained_monitors_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "maintenance_spans" ADD CONSTRAINT "maintenance_spans_window_id_fkey" FOREIGN KEY ("window_id") REFERENCES "maintenance_windows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "monitor_dependencies" ADD CONSTRAINT "monitor_dependencies_monitor_id_fkey" FOREIGN KEY ("monitor_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "monitor_dependencies" ADD CONSTRAINT "monitor_dependencies_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "monitors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One telling of one piece of news to one recipient: by address, or over a channel of the workspace.
CREATE UNIQUE INDEX "alerts_address_key" ON "alerts"("incident_id", "type", "transition_id", "channel", "recipient", "round") WHERE "transition_id" IS NOT NULL AND "channel_id" IS NULL;
CREATE UNIQUE INDEX "alerts_channel_key" ON "alerts"("incident_id", "type", "transition_id", "channel_id", "round") WHERE "transition_id" IS NOT NULL AND "channel_id" IS NOT NULL;
DROP INDEX "alerts_certificate_key";
CREATE UNIQUE INDEX "alerts_certificate_address_key" ON "alerts"("incident_id", "type", "days_left", "channel", "recipient", "round") WHERE "transition_id" IS NULL AND "channel_id" IS NULL;
CREATE UNIQUE INDEX "alerts_certificate_channel_key" ON "alerts"("incident_id", "type", "days_left", "channel_id", "round") WHERE "transition_id" IS NULL AND "channel_id" IS NOT NULL;

-- What is looked at again, and the digests that the dispatcher polls.
CREATE INDEX "alerts_review_idx" ON "alerts"("review_at") WHERE "review_at" IS NOT NULL;
CREATE INDEX "maintenance_spans_turns_idx" ON "maintenance_spans"("turns_at") WHERE "turns_at" IS NOT NULL;
CREATE INDEX "digests_pending_idx" ON "digests"("next_attempt_at") WHERE "status" = 'PENDING';

-- One setting of a monitor, or of the workspace's default, for one channel.
CREATE UNIQUE INDEX "alert_settings_monitor_key" ON "alert_settings"("monitor_id", "channel_id") WHERE "monitor_id" IS NOT NULL;
CREATE UNIQUE INDEX "alert_settings_default_key" ON "alert_settings"("workspace_id", "channel_id") WHERE "monitor_id" IS NULL;

-- Of one kind and place one notice is open.
DROP INDEX "notices_open_key";
CREATE UNIQUE INDEX "notices_open_key" ON "notices"("workspace_id", "kind", "region", coalesce("probe_id", "channel_id", '00000000-0000-0000-0000-000000000000')) WHERE "resolved_at" IS NULL;

ALTER TABLE "contacts"
    ADD CONSTRAINT "contacts_email_lower" CHECK ("email" = lower("email")),
    ADD CONSTRAINT "contacts_quiet" CHECK (num_nonnulls("quiet_from", "quiet_to") <> 1 AND "quiet_from" BETWEEN 0 AND 1439 AND "quiet_to" BETWEEN 0 AND 1439);
ALTER TABLE "digests"
    ADD CONSTRAINT "digests_attempts" CHECK ("attempts" >= 0),
    ADD CONSTRAINT "digests_sent" CHECK (("status" = 'SENT') = ("sent_at" IS NOT NULL));
ALTER TABLE "maintenance_windows"
    ADD CONSTRAINT "maintenance_windows_duration" CHECK ("duration_minutes" >= 1);
ALTER TABLE "monitor_dependencies"
    ADD CONSTRAINT "monitor_dependencies_other" CHECK ("monitor_id" <> "parent_id");
ALTER TABLE "account_mails"
    DROP CONSTRAINT "account_mails_subject",
    ADD CONSTRAINT "account_mails_subject" CHECK (num_nonnulls("user_id", "invitation_id", "notice_id", "contact_id") = 1);

-- What a workspace has had taken of late; the many that a storm leaves out are not in it.
CREATE INDEX "evidence_wanted_idx" ON "evidence"("workspace_id", "created_at") WHERE "due_at" IS NOT NULL OR "attempts" > 0;
