-- AlterEnum
ALTER TYPE "alert_type" ADD VALUE 'ACKNOWLEDGED';
ALTER TYPE "alert_type" ADD VALUE 'REOPENED';
ALTER TYPE "alert_type" ADD VALUE 'RESOLVED';

-- CreateTable
CREATE TABLE "farewells" (
    "id" UUID NOT NULL DEFAULT uuidv7(),
    "workspace_id" UUID NOT NULL,
    "channel" "alert_channel" NOT NULL,
    "channel_id" UUID,
    "recipient" TEXT NOT NULL,
    "notice" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" "delivery_status" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "fence" BIGINT NOT NULL DEFAULT 0,
    "sent_at" TIMESTAMPTZ(3),

    CONSTRAINT "farewells_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "farewells_workspace_id_idx" ON "farewells"("workspace_id");
CREATE INDEX "farewells_created_at_idx" ON "farewells"("created_at");

-- The dispatcher steps from line to line.
CREATE INDEX "farewells_pending_idx" ON "farewells"("workspace_id", coalesce("channel_id", '00000000-0000-0000-0000-000000000000'), "next_attempt_at") WHERE "status" = 'PENDING';

-- AddForeignKey
ALTER TABLE "farewells" ADD CONSTRAINT "farewells_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "farewells"
    ADD CONSTRAINT "farewells_attempts" CHECK ("attempts" >= 0),
    ADD CONSTRAINT "farewells_sent" CHECK (("status" = 'SENT') = ("sent_at" IS NOT NULL));
