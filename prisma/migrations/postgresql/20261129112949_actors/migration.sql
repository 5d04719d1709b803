-- AlterTable
ALTER TABLE "User" ADD COLUMN     "externalId" TEXT;

-- AlterTable
ALTER TABLE "Execution" ADD COLUMN     "startedBy" TEXT;

-- AlterTable
ALTER TABLE "SessionEvent" ADD COLUMN     "actorName" TEXT;

-- AlterTable
ALTER TABLE "Invite" ADD COLUMN     "createdByName" TEXT;

-- CreateIndex
CREATE INDEX "Session_status_expiresAt_idx" ON "Session"("status", "expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "User_sessionId_externalId_key" ON "User"("sessionId", "externalId");

-- CreateIndex
CREATE INDEX "Invite_expiresAt_idx" ON "Invite"("expiresAt");

-- CreateIndex
CREATE INDEX "ParticipantToken_expiresAt_idx" ON "ParticipantToken"("expiresAt");
