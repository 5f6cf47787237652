-- AlterTable
ALTER TABLE "monitors" ADD COLUMN     "certificate_mixed_at" TIMESTAMPTZ(3);
