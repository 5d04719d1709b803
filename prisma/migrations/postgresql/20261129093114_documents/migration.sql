-- AlterTable
ALTER TABLE "Session" ADD COLUMN     "codeSeq" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "editSize" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "epoch" INTEGER NOT NULL DEFAULT 0;
UPDATE "Session" SET "codeSeq" = "seq";
ALTER TABLE "Session" ALTER COLUMN "codeSeq" DROP DEFAULT;

-- CreateTable
CREATE TABLE "Document" (
    "sessionId" TEXT NOT NULL,
    "state" BYTEA NOT NULL,

    CONSTRAINT "Document_pkey" PRIMARY KEY ("sessionId")
);

-- CreateTable
CREATE TABLE "DocumentClient" (
    "sessionId" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "userId" TEXT,

    CONSTRAINT "DocumentClient_pkey" PRIMARY KEY ("sessionId","clientId")
);

-- AddForeignKey
ALTER TABLE "Document" ADD CONSTRAINT "Document_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DocumentClient" ADD CONSTRAINT "DocumentClient_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session"("id") ON DELETE CASCADE ON UPDATE CASCADE;
