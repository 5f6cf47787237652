-- AlterTable
ALTER TABLE "alerts" ADD COLUMN     "latency_ms" INTEGER;
