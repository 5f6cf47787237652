-- AlterTable
ALTER TABLE "farewells" ADD COLUMN     "digest_id" UUID,
ADD COLUMN     "released_at" TIMESTAMPTZ(3),
ADD COLUMN     "review_at" TIMESTAMPTZ(3),
ADD COLUMN     "withheld_reason" "withheld_reason",
ALTER COLUMN "status" SET DEFAULT 'WITHHELD';

-- A row of each incident; what tells of several at once is a digest from now on. What is on its way is let go anew.
ALTER TABLE "farewells" RENAME COLUMN "notices" TO "notice";
UPDATE "farewells" SET "status" = 'WITHHELD', "review_at" = "next_attempt_at" WHERE "status" = 'PENDING';
INSERT INTO "farewells" ("id", "workspace_id", "channel", "channel_id", "recipient", "notice", "created_at", "review_at")
SELECT uuidv7(), f."workspace_id", f."channel", f."channel_id", f."recipient", told."notice", f."created_at", f."review_at"
FROM "farewells" f, jsonb_array_elements(f."notice") WITH ORDINALITY AS told ("notice", "place")
WHERE f."status" = 'WITHHELD' AND told."place" > 1;
UPDATE "farewells" SET "notice" = "notice" -> 0 WHERE jsonb_typeof("notice") = 'array';

ALTER TABLE "farewells"
    ADD CONSTRAINT "farewells_withheld" CHECK (("status" = 'WITHHELD') = ("review_at" IS NOT NULL));

-- CreateTable
CREATE TABLE "told_messages" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "channel" "alert_channel" NOT NULL,
    "channel_id" UUID,
    "recipient" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "told_messages_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "told_messages_recipient_idx" ON "told_messages"("workspace_id", "channel", "recipient", "at");
CREATE INDEX "told_messages_at_idx" ON "told_messages"("at");
CREATE INDEX "farewells_digest_id_idx" ON "farewells"("digest_id");

-- What is to be looked at again, what else is to be told with it, and what a recipient was told of late.
CREATE INDEX "farewells_review_idx" ON "farewells"("review_at") WHERE "status" = 'WITHHELD';
CREATE INDEX "farewells_together_idx" ON "farewells"("workspace_id", "channel", "recipient", "created_at") WHERE "status" = 'WITHHELD';
CREATE INDEX "farewells_pace_idx" ON "farewells"("workspace_id", "channel", "recipient", "released_at") WHERE "digest_id" IS NULL;

-- The dispatcher steps from line to line.
DROP INDEX "farewells_pending_idx";
CREATE INDEX "farewells_pending_idx" ON "farewells"("workspace_id", coalesce("channel_id", '00000000-0000-0000-0000-000000000000'), "next_attempt_at") WHERE "status" = 'PENDING' AND "digest_id" IS NULL;

-- AddForeignKey
ALTER TABLE "farewells" ADD CONSTRAINT "farewells_digest_id_fkey" FOREIGN KEY ("digest_id") REFERENCES "digests"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "told_messages" ADD CONSTRAINT "told_messages_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;
