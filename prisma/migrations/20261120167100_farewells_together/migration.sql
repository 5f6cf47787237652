-- AlterTable
ALTER TABLE "farewells" RENAME COLUMN "notice" TO "notices";
UPDATE "farewells" SET "notices" = jsonb_build_array("notices");
ALTER TABLE "farewells" ADD COLUMN     "early_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "not_before" TIMESTAMPTZ(3),
ADD COLUMN     "planned_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "redeliveries" ADD COLUMN     "channel" "alert_channel",
ADD COLUMN     "early_attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "not_before" TIMESTAMPTZ(3),
ADD COLUMN     "planned_at" TIMESTAMPTZ(3),
ADD COLUMN     "recipient" TEXT;
UPDATE "redeliveries" r SET "channel" = a."channel", "recipient" = a."recipient" FROM "alerts" a WHERE a."id" = r."alert_id";
ALTER TABLE "redeliveries" ALTER COLUMN "channel" SET NOT NULL, ALTER COLUMN "recipient" SET NOT NULL;
