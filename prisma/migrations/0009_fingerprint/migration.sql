-- By which a resync sees cheaply that a row is as it was (libs/database/src/inventory/fingerprint.ts). Null in
-- rows written before: those are compared by their content hash until they change.
ALTER TABLE "resource" ADD COLUMN "fingerprint" BYTEA;

-- Hashes are as random as can be: trying to compress them takes longer than to write them.
ALTER TABLE "sync_unit_page" ALTER COLUMN "seen" SET STORAGE EXTERNAL;
