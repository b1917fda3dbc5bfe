-- A check may also look at what the account's listings begin with, for whoever writes a connector.
ALTER TABLE "account_check"
    ADD COLUMN "previewed" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "preview" JSONB;
