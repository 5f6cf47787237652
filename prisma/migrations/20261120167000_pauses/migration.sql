-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "not_before" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "digests" ADD COLUMN     "not_before" TIMESTAMPTZ(3);
