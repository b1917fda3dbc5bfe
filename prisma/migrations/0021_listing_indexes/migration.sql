-- An index behind every filter of a listing, each in the order of the listing, so that a page is read from it
-- and not all that the filter finds: see libs/database/src/resources/list-query.ts. Regions have two, since
-- what is of one type may be little among much, and far apart. A value that is too long for an index, which
-- vendors have none of, is found without one.
CREATE INDEX "resource_list_by_region" ON "resource" ("tenant_id", "vendor", "region_id", "id")
    WHERE "deleted_at" IS NULL AND octet_length("region_id") <= 1000;
CREATE INDEX "resource_list_by_type_and_region"
    ON "resource" ("tenant_id", "vendor", "resource_type", "region_id", "id")
    WHERE "deleted_at" IS NULL AND octet_length("region_id") <= 1000;
CREATE INDEX "resource_list_by_name" ON "resource" ("tenant_id", "vendor", "name", "id")
    WHERE "deleted_at" IS NULL AND octet_length("name") <= 1000;
CREATE INDEX "resource_list_by_native_id" ON "resource" ("tenant_id", "vendor", "native_id", "id")
    WHERE "deleted_at" IS NULL AND octet_length("native_id") <= 1000;
