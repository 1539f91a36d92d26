//! The account, its contacts, its key packages and settings.

use conclave_protocol::{PersonName, Seq};
use conclave_record::{Code, KeyPackageRow};

use crate::byte_list;
use crate::error::{Error, Missing};
use crate::row::{AccountRow, ContactRow, ContactSeen, ServiceKind};
use crate::sql::{self, int};
use crate::tx::Tx;

impl Tx<'_> {
    /// Writes the account.
    ///
    /// # Errors
    /// [`Error::Conflict`] for another user's or device's account than the stored one.
    pub fn put_account(&mut self, account: &AccountRow) -> Result<(), Error> {
        if let Some(known) = self.view().account()?
            && (known.user != account.user || known.device != account.device)
        {
            return Err(Error::Conflict { what: "the account" });
        }
        let person = self.person(&account.user)?;
        let (service, service_name) = account.service.parts();
        sql::run(
            self.conn,
            "INSERT OR REPLACE INTO account (id, person, device, service, service_name, service_key, authority_key,
                 identity_handle, device_handle, identity_certificate, device_certificate, created, inbox_cursor, name)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            (
                person,
                account.device.0.as_slice(),
                service.stored(),
                service_name,
                account.service_key.as_slice(),
                account.authority_key.as_slice(),
                account.identity_handle.as_str(),
                account.device_handle.as_str(),
                account.identity_certificate.as_ref(),
                account.device_certificate.as_ref(),
                int(account.created.0, "time")?,
                int(account.inbox_cursor.0, "sequence number")?,
                account.name.as_ref().map(PersonName::as_str),
            ),
        )?;
        Ok(())
    }

    /// Changes where the account delivers (the same service at another address).
    ///
    /// # Errors
    /// [`Error::NotFound`] without an account.
    pub fn set_service(&mut self, service: &ServiceKind) -> Result<(), Error> {
        let (code, name) = service.parts();
        let changed =
            sql::run(self.conn, "UPDATE account SET service = ?1, service_name = ?2", (code.stored(), name))?;
        if changed == 0 { Err(Error::NotFound(Missing::Account)) } else { Ok(()) }
    }

    /// Changes the name of the account's person.
    ///
    /// # Errors
    /// [`Error::NotFound`] without an account.
    pub fn set_name(&mut self, name: &PersonName) -> Result<(), Error> {
        let changed = sql::run(self.conn, "UPDATE account SET name = ?1", [name.as_str()])?;
        if changed == 0 { Err(Error::NotFound(Missing::Account)) } else { Ok(()) }
    }

    /// Everything in the inbox up to this entry was handled.
    ///
    /// # Errors
    /// [`Error::NotFound`] without an account; [`Error::Conflict`] if the cursor would move back.
    pub fn set_inbox_cursor(&mut self, seq: Seq) -> Result<(), Error> {
        let account = self.view().account()?.ok_or(Error::NotFound(Missing::Account))?;
        if seq < account.inbox_cursor {
            return Err(Error::Conflict { what: "the inbox cursor" });
        }
        sql::run(self.conn, "UPDATE account SET inbox_cursor = ?1", [int(seq.0, "sequence number")?])?;
        Ok(())
    }

    /// A person was seen with this identity key. The first key is pinned; no later one replaces it.
    pub fn note_contact(&mut self, contact: &ContactRow) -> Result<ContactSeen, Error> {
        if let Some(known) = self.view().contact(&contact.user)? {
            let same = known.identity_key == contact.identity_key;
            return Ok(if same {
                ContactSeen::Same
            } else {
                ContactSeen::Changed { pinned: known.identity_key }
            });
        }
        let person = self.person(&contact.user)?;
        sql::insert(
            self.conn,
            "INSERT INTO contacts (person, identity_key, first_seen) VALUES (?1, ?2, ?3)",
            (person, contact.identity_key.as_slice(), int(contact.first_seen.0, "time")?),
        )?;
        Ok(ContactSeen::New)
    }

    /// Stores a key package of this client; replaces one with the same reference.
    pub fn put_key_package(&mut self, row: &KeyPackageRow) -> Result<(), Error> {
        self.delete_key_package(&row.reference)?;
        sql::insert(
            self.conn,
            "INSERT INTO key_packages (reference, handle, last_resort, cipher_suite, not_after, data, public, chain, published, used)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                row.reference.as_ref(),
                row.handle.as_str(),
                row.last_resort,
                row.cipher_suite,
                int(row.not_after.0, "time")?,
                &row.data[..],
                row.public.as_ref(),
                byte_list::encode(&row.chain)?,
                row.published,
                row.used,
            ),
        )?;
        Ok(())
    }

    /// The service has this key package.
    pub fn set_key_package_published(&mut self, reference: &[u8]) -> Result<(), Error> {
        sql::run(self.conn, "UPDATE key_packages SET published = 1 WHERE reference = ?1", [reference])?;
        Ok(())
    }

    /// A group was joined with this key package.
    pub fn set_key_package_used(&mut self, reference: &[u8]) -> Result<(), Error> {
        sql::run(self.conn, "UPDATE key_packages SET used = 1 WHERE reference = ?1", [reference])?;
        Ok(())
    }

    /// Deletes a used or expired key package; false if there is none.
    pub fn delete_key_package(&mut self, reference: &[u8]) -> Result<bool, Error> {
        Ok(sql::run(self.conn, "DELETE FROM key_packages WHERE reference = ?1", [reference])? > 0)
    }

    /// Stores a setting of the app.
    pub fn put_setting(&mut self, name: &str, value: &[u8]) -> Result<(), Error> {
        sql::run(
            self.conn,
            "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            (name, value),
        )?;
        Ok(())
    }

    /// Deletes a setting, if it is there.
    pub fn delete_setting(&mut self, name: &str) -> Result<(), Error> {
        sql::run(self.conn, "DELETE FROM settings WHERE name = ?1", [name])?;
        Ok(())
    }
}
