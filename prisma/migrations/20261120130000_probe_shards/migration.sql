-- AlterTable
ALTER TABLE "probes" ADD COLUMN     "shards" JSONB NOT NULL DEFAULT '[]';
