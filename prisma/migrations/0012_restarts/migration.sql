-- How often a unit's listing started anew, because the vendor forgot how far it had come.
ALTER TABLE "sync_unit" ADD COLUMN "restarts" INTEGER NOT NULL DEFAULT 0;
