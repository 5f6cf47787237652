-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "early_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "planned_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "digests" ADD COLUMN     "content" JSONB,
ADD COLUMN     "early_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "planned_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "redeliveries" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "alert_id" UUID NOT NULL,
    "channel_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "redeliveries_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "redeliveries_workspace_id_idx" ON "redeliveries"("workspace_id");

-- CreateIndex
CREATE INDEX "redeliveries_alert_id_idx" ON "redeliveries"("alert_id");

-- AddForeignKey
ALTER TABLE "redeliveries" ADD CONSTRAINT "redeliveries_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "redeliveries" ADD CONSTRAINT "redeliveries_alert_id_fkey" FOREIGN KEY ("alert_id") REFERENCES "alerts"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- An alert is on its way again once at a time.
CREATE UNIQUE INDEX "redeliveries_pending_key" ON "redeliveries"("alert_id") WHERE "status" = 'PENDING';
ALTER TABLE "redeliveries"
    ADD CONSTRAINT "redeliveries_attempts" CHECK ("attempts" >= 0),
    ADD CONSTRAINT "redeliveries_sent" CHECK (("status" = 'SENT') = ("sent_at" IS NOT NULL));

-- The dispatcher steps from line to line: nobody's ten thousand rows stand before another's one.
DROP INDEX "alerts_pending_idx";
CREATE INDEX "alerts_pending_idx" ON "alerts"("channel", "workspace_id", coalesce("channel_id", '00000000-0000-0000-0000-000000000000'), "next_attempt_at") WHERE "status" = 'PENDING' AND "digest_id" IS NULL;
DROP INDEX "digests_pending_idx";
CREATE INDEX "digests_pending_idx" ON "digests"("channel", "workspace_id", coalesce("channel_id", '00000000-0000-0000-0000-000000000000'), "next_attempt_at") WHERE "status" = 'PENDING';
DROP INDEX "account_mails_pending_idx";
CREATE INDEX "account_mails_pending_idx" ON "account_mails"("id") WHERE "status" = 'PENDING';
CREATE INDEX "redeliveries_pending_idx" ON "redeliveries"("workspace_id", coalesce("channel_id", '00000000-0000-0000-0000-000000000000'), "next_attempt_at") WHERE "status" = 'PENDING';

-- A mailbox has one open digest, whether it is told by its address or as a contact's channel.
WITH "open" AS (
    SELECT "id", first_value("id") OVER (PARTITION BY "workspace_id", "recipient" ORDER BY "id") AS "kept"
    FROM "digests" WHERE "status" = 'PENDING' AND "fence" = 0 AND "channel" = 'EMAIL'
)
UPDATE "alerts" a SET "digest_id" = "open"."kept" FROM "open" WHERE a."digest_id" = "open"."id";
DELETE FROM "digests" d WHERE "status" = 'PENDING' AND "fence" = 0 AND "channel" = 'EMAIL'
    AND NOT EXISTS (SELECT FROM "alerts" a WHERE a."digest_id" = d."id");
-- By its address, once what it tells is not all over one channel.
UPDATE "digests" d SET "channel_id" = NULL
WHERE "status" = 'PENDING' AND "fence" = 0 AND "channel" = 'EMAIL'
    AND EXISTS (SELECT FROM "alerts" a WHERE a."digest_id" = d."id" AND a."channel_id" IS DISTINCT FROM d."channel_id");
DROP INDEX "digests_open_key";
CREATE UNIQUE INDEX "digests_open_key" ON "digests"("workspace_id", "channel", "recipient", (CASE WHEN "channel" = 'EMAIL' THEN '00000000-0000-0000-0000-000000000000' ELSE coalesce("channel_id", '00000000-0000-0000-0000-000000000000') END)) WHERE "status" = 'PENDING' AND "fence" = 0;

-- What a recipient was told of late, by when it went out.
DROP INDEX "alerts_pace_idx";
CREATE INDEX "alerts_pace_idx" ON "alerts"("workspace_id", "channel", "recipient", coalesce("released_at", "created_at")) WHERE "digest_id" IS NULL;
