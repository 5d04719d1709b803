-- Executions name the instance that runs them, whose own lease replaces a lease for each.
DROP TABLE "ExecutionLease";

CREATE TABLE "Instance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "until" DATETIME NOT NULL
);

ALTER TABLE "Execution" ADD COLUMN "instanceId" TEXT;
ALTER TABLE "Execution" ADD COLUMN "cancelRequested" BOOLEAN NOT NULL DEFAULT false;

-- Chunks of before have no time of their own: they get that of their program's start.
CREATE TABLE "new_ExecutionChunk" (
    "executionId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("executionId", "seq"),
    CONSTRAINT "ExecutionChunk_executionId_fkey" FOREIGN KEY ("executionId") REFERENCES "Execution" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "new_ExecutionChunk" ("executionId", "seq", "stream", "text", "at")
SELECT "executionId", "seq", "stream", "text", COALESCE("startedAt", "createdAt")
FROM "ExecutionChunk" JOIN "Execution" ON "id" = "executionId";
DROP TABLE "ExecutionChunk";
ALTER TABLE "new_ExecutionChunk" RENAME TO "ExecutionChunk";
