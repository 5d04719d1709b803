-- CreateTable
CREATE TABLE "ExecutionChunk" (
    "executionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "text" TEXT NOT NULL,

    PRIMARY KEY ("executionId", "seq"),
    CONSTRAINT "ExecutionChunk_executionId_fkey" FOREIGN KEY ("executionId") REFERENCES "Execution" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ExecutionLease" (
    "executionId" TEXT NOT NULL PRIMARY KEY,
    "until" DATETIME NOT NULL,
    "cancelled" BOOLEAN NOT NULL DEFAULT false,
    CONSTRAINT "ExecutionLease_executionId_fkey" FOREIGN KEY ("executionId") REFERENCES "Execution" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Execution" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "sessionId" TEXT,
    "language" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "stdout" TEXT NOT NULL,
    "stderr" TEXT NOT NULL,
    "droppedBytes" INTEGER NOT NULL DEFAULT 0,
    "exitCode" INTEGER,
    "error" TEXT,
    "executionTime" REAL,
    "memoryPeak" INTEGER,
    "createdAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "finishedAt" DATETIME,
    CONSTRAINT "Execution_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
-- How much was dropped is not known of those before: at least one byte.
INSERT INTO "new_Execution" ("droppedBytes", "code", "createdAt", "error", "executionTime", "exitCode", "finishedAt", "id", "language", "memoryPeak", "sessionId", "startedAt", "status", "stderr", "stdout") SELECT "truncated", "code", "createdAt", "error", "executionTime", "exitCode", "finishedAt", "id", "language", "memoryPeak", "sessionId", "startedAt", "status", "stderr", "stdout" FROM "Execution";
DROP TABLE "Execution";
ALTER TABLE "new_Execution" RENAME TO "Execution";
CREATE INDEX "Execution_sessionId_createdAt_idx" ON "Execution"("sessionId", "createdAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "Execution_status_idx" ON "Execution"("status");

-- CreateIndex
CREATE INDEX "ExecutionLease_until_idx" ON "ExecutionLease"("until");
