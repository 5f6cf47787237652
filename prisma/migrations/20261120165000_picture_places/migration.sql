-- Where each lies. Those of now: where their addresses lead.
ALTER TABLE "pictures" ADD COLUMN     "kept_in" TEXT;

UPDATE "pictures" p
SET "kept_in" = 'cloudinary/' || substring(i."screenshot_url" FROM '^https://res\.cloudinary\.com/([^/]+)/')
FROM "evidence" e JOIN "incidents" i ON i."id" = e."incident_id"
WHERE e."media_name" = p."name";

UPDATE "pictures" SET "kept_in" = 'folder' WHERE "kept_in" IS NULL;

ALTER TABLE "pictures" ALTER COLUMN "kept_in" SET NOT NULL;

-- When it is looked at next, instead of when it was made.
ALTER TABLE "pictures" RENAME COLUMN "created_at" TO "due_at";

ALTER TABLE "pictures" ALTER COLUMN "due_at" DROP DEFAULT;

UPDATE "pictures" SET "due_at" = "due_at" + interval '1 hour';

CREATE INDEX "pictures_due_at_idx" ON "pictures"("due_at");
