-- CreateTable
CREATE TABLE "Document" (
    "sessionId" TEXT NOT NULL PRIMARY KEY,
    "state" BLOB NOT NULL,
    CONSTRAINT "Document_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "DocumentClient" (
    "sessionId" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "userId" TEXT,

    PRIMARY KEY ("sessionId", "clientId"),
    CONSTRAINT "DocumentClient_sessionId_fkey" FOREIGN KEY ("sessionId") REFERENCES "Session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "code" TEXT NOT NULL,
    "codeSeq" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "editSize" INTEGER NOT NULL DEFAULT 0,
    "language" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL
);
INSERT INTO "new_Session" ("code", "codeSeq", "createdAt", "id", "language", "seq", "status", "updatedAt") SELECT "code", "seq", "createdAt", "id", "language", "seq", "status", "updatedAt" FROM "Session";
DROP TABLE "Session";
ALTER TABLE "new_Session" RENAME TO "Session";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
