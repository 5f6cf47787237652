-- AlterTable
ALTER TABLE "evidence" ADD COLUMN     "is_as_expected" BOOLEAN;

-- CreateTable
CREATE TABLE "pictures" (
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pictures_pkey" PRIMARY KEY ("name")
);

-- Those that are kept by now.
INSERT INTO "pictures" ("name", "created_at")
SELECT "media_name", "created_at" FROM "evidence" WHERE "media_name" IS NOT NULL;
