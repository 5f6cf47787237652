-- AlterTable
ALTER TABLE "digests" ADD COLUMN     "position" BIGSERIAL NOT NULL;

-- Those there are keep their order: by their ids, as they have gone until now.
UPDATE "digests" d SET "position" = o."position"
FROM (SELECT "id", row_number() OVER (ORDER BY "id") AS "position" FROM "digests") o
WHERE d."id" = o."id";

-- What a recipient was told of late, one by one and in digests.
DROP INDEX "digests_recipient_idx";
CREATE INDEX "digests_recipient_idx" ON "digests"("workspace_id", "channel", "recipient", "position");
