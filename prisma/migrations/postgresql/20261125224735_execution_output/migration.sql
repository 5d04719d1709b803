-- CreateEnum
CREATE TYPE "OutputStream" AS ENUM ('STDOUT', 'STDERR');

-- AlterTable
ALTER TABLE "Execution" ADD COLUMN "droppedBytes" INTEGER NOT NULL DEFAULT 0;
-- How much was dropped is not known of those before: at least one byte.
UPDATE "Execution" SET "droppedBytes" = 1 WHERE "truncated";
ALTER TABLE "Execution" DROP COLUMN "truncated";

-- CreateTable
CREATE TABLE "ExecutionChunk" (
    "executionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "stream" "OutputStream" NOT NULL,
    "text" TEXT NOT NULL,

    CONSTRAINT "ExecutionChunk_pkey" PRIMARY KEY ("executionId","seq")
);

-- CreateTable
CREATE TABLE "ExecutionLease" (
    "executionId" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,
    "cancelled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "ExecutionLease_pkey" PRIMARY KEY ("executionId")
);

-- CreateIndex
CREATE INDEX "Execution_status_idx" ON "Execution"("status");

-- CreateIndex
CREATE INDEX "ExecutionLease_until_idx" ON "ExecutionLease"("until");

-- AddForeignKey
ALTER TABLE "ExecutionChunk" ADD CONSTRAINT "ExecutionChunk_executionId_fkey" FOREIGN KEY ("executionId") REFERENCES "Execution"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ExecutionLease" ADD CONSTRAINT "ExecutionLease_executionId_fkey" FOREIGN KEY ("executionId") REFERENCES "Execution"("id") ON DELETE CASCADE ON UPDATE CASCADE;
