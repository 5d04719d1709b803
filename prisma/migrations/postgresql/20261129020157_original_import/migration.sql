-- CreateTable
CREATE TABLE "OriginalImport" (
    "source" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "OriginalImport_pkey" PRIMARY KEY ("source")
);
