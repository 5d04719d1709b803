-- Executions name the instance that runs them, whose own lease replaces a lease for each.
DROP TABLE "ExecutionLease";

CREATE TABLE "Instance" (
    "id" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Instance_pkey" PRIMARY KEY ("id")
);

ALTER TABLE "Execution" ADD COLUMN     "instanceId" TEXT,
ADD COLUMN     "cancelRequested" BOOLEAN NOT NULL DEFAULT false;

-- Chunks of before have no time of their own: they get that of their program's start.
ALTER TABLE "ExecutionChunk" ADD COLUMN     "at" TIMESTAMP(3);
UPDATE "ExecutionChunk" SET "at" = COALESCE("startedAt", "createdAt")
FROM "Execution" WHERE "id" = "executionId";
ALTER TABLE "ExecutionChunk" ALTER COLUMN "at" SET NOT NULL;
