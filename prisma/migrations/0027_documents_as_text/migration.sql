-- The vendor's document is stored as the text that lists send. As jsonb it was taken apart when it was written and
-- put together again for every page that listed it. This writes the table anew.
ALTER TABLE "resource" ALTER COLUMN "properties" SET DATA TYPE JSON USING "properties"::json;
