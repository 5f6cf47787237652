-- CreateEnum
CREATE TYPE "change_kind" AS ENUM ('MONITOR', 'INCIDENT', 'ALERT');

-- CreateEnum
CREATE TYPE "change_action" AS ENUM ('CREATED', 'UPDATED', 'DELETED');

-- CreateTable
CREATE TABLE "changes" (
    "workspace_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" "change_kind" NOT NULL,
    "action" "change_action" NOT NULL,
    "node_id" UUID NOT NULL,
    "monitor_id" UUID NOT NULL,
    "has_new_status" BOOLEAN NOT NULL,

    CONSTRAINT "changes_pkey" PRIMARY KEY ("workspace_id","position")
);

-- CreateTable
CREATE TABLE "change_counts" (
    "workspace_id" UUID NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "change_counts_pkey" PRIMARY KEY ("workspace_id")
);

-- CreateIndex
CREATE INDEX "changes_at_idx" ON "changes"("at");

-- AddForeignKey
ALTER TABLE "changes" ADD CONSTRAINT "changes_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "change_counts" ADD CONSTRAINT "change_counts_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One row a workspace, rewritten by every change: room beside it keeps the rewriting in its page.
ALTER TABLE "change_counts" SET (fillfactor = 10);
