-- CreateTable
CREATE TABLE "OriginalImport" (
    "source" TEXT NOT NULL PRIMARY KEY,
    "at" DATETIME NOT NULL
);
