-- AlterEnum
ALTER TYPE "incident_entry_kind" ADD VALUE 'RELEASED';
ALTER TYPE "withheld_reason" ADD VALUE 'PARENT_CHECK';

-- AlterTable
ALTER TABLE "alerts" ADD COLUMN "released_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "monitors" ADD COLUMN "has_own_alert_settings" BOOLEAN NOT NULL DEFAULT false;
UPDATE "monitors" SET "has_own_alert_settings" = true
WHERE "id" IN (SELECT "monitor_id" FROM "alert_settings");

-- The few that are kept for what they were, by how long they have been.
CREATE INDEX "maintenance_windows_deleted_idx" ON "maintenance_windows"("deleted_at") WHERE "deleted_at" IS NOT NULL;
