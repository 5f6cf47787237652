-- AlterEnum
ALTER TYPE "incident_entry_kind" ADD VALUE 'ESCALATED';
ALTER TYPE "incident_entry_kind" ADD VALUE 'REOPENED';

-- AlterTable
ALTER TABLE "escalations" ALTER COLUMN "due_at" DROP NOT NULL;

-- DropForeignKey: a digest of a channel that is gone must not look like one for a mailbox.
ALTER TABLE "digests" DROP CONSTRAINT "digests_channel_id_fkey";

-- A recipient has one digest that still takes in alerts: the one that nobody has claimed yet.
CREATE UNIQUE INDEX "digests_open_key" ON "digests"("workspace_id", "channel", "recipient", coalesce("channel_id", '00000000-0000-0000-0000-000000000000')) WHERE "status" = 'PENDING' AND "fence" = 0;

-- What a recipient was told of late, one by one and in digests.
CREATE INDEX "alerts_pace_idx" ON "alerts"("workspace_id", "channel", "recipient", "created_at") WHERE "digest_id" IS NULL;
CREATE INDEX "digests_recipient_idx" ON "digests"("workspace_id", "channel", "recipient", "id");

-- The dispatcher polls this one: what a digest tells is none of its business, however much it is.
DROP INDEX "alerts_pending_idx";
CREATE INDEX "alerts_pending_idx" ON "alerts"("channel", "next_attempt_at") WHERE "status" = 'PENDING' AND "digest_id" IS NULL;

ALTER TABLE "escalations"
    ADD CONSTRAINT "escalations_step" CHECK ("step" >= 0);
ALTER TABLE "escalation_policies"
    ADD CONSTRAINT "escalation_policies_repeats" CHECK ("repeats" >= 0),
    ADD CONSTRAINT "escalation_policies_acknowledgement" CHECK ("acknowledgement_minutes" >= 1);
