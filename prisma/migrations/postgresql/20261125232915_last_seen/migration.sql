-- CreateTable
CREATE TABLE "LastSeen" (
    "sessionId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "LastSeen_pkey" PRIMARY KEY ("sessionId","userId")
);

-- CreateIndex
CREATE INDEX "LastSeen_at_idx" ON "LastSeen"("at");

-- AddForeignKey
ALTER TABLE "LastSeen" ADD CONSTRAINT "LastSeen_sessionId_userId_fkey" FOREIGN KEY ("sessionId", "userId") REFERENCES "User"("sessionId", "id") ON DELETE CASCADE ON UPDATE CASCADE;
