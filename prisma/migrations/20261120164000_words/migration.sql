-- How often a mailbox was asked is counted by the mailbox: what was sent to it outlives the contact.
ALTER TABLE "account_mails" DROP CONSTRAINT "account_mails_contact_id_fkey";
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contacts"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "account_mails"
    DROP CONSTRAINT "account_mails_subject",
    ADD CONSTRAINT "account_mails_subject" CHECK (num_nonnulls("user_id", "invitation_id", "notice_id", "contact_id") = 1 OR "kind" = 'VERIFY_CONTACT' AND num_nonnulls("user_id", "invitation_id", "notice_id") = 0);
CREATE INDEX "account_mails_asked_idx" ON "account_mails"("recipient", "created_at") WHERE "kind" = 'VERIFY_CONTACT';

-- Two channels of one service are told apart by their names.
UPDATE "channels" SET "label" = "label" || ' (' || "name" || ')' WHERE "kind" IN ('SLACK', 'TEAMS', 'DISCORD');
