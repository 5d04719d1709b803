-- CreateTable
CREATE TABLE "LastSeen" (
    "sessionId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("sessionId", "userId"),
    CONSTRAINT "LastSeen_sessionId_userId_fkey" FOREIGN KEY ("sessionId", "userId") REFERENCES "User" ("sessionId", "id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "LastSeen_at_idx" ON "LastSeen"("at");
