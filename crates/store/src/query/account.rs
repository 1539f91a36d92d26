//! The account, its contacts, its key packages and settings.

use std::collections::BTreeSet;

use conclave_protocol::UserUri;
use conclave_record::KeyPackageRow;

use super::View;
use crate::byte_list;
use crate::error::{Error, Missing};
use crate::row::{AccountRow, ContactRow, ServiceCode, ServiceKind};
use crate::sql::{self, Columns};

fn service(c: &mut Columns<'_, '_>) -> Result<ServiceKind, Error> {
    let what = "service";
    let code = c.code::<ServiceCode>()?;
    Ok(match (code, c.maybe_text(what)?) {
        (ServiceCode::Own, None) => ServiceKind::Own,
        (ServiceCode::Local, Some(name)) => ServiceKind::Local { name },
        (ServiceCode::Server, Some(url)) => ServiceKind::Server { url },
        _ => return Err(Error::Corrupt { what }),
    })
}

fn contact(c: &mut Columns<'_, '_>) -> Result<ContactRow, Error> {
    Ok(ContactRow { user: c.user()?, identity_key: c.id("identity key")?, first_seen: c.time()? })
}

fn key_package(c: &mut Columns<'_, '_>) -> Result<KeyPackageRow, Error> {
    Ok(KeyPackageRow {
        reference: c.bytes("key package")?,
        handle: c.handle()?,
        last_resort: c.flag("last resort")?,
        cipher_suite: c.number("cipher suite")?,
        not_after: c.time()?,
        data: c.secret("key package")?,
        public: c.bytes("key package")?,
        chain: c.blob("chain", byte_list::decode)?,
        published: c.flag("published")?,
        used: c.flag("used")?,
    })
}

impl View<'_> {
    /// The account, if there is one.
    pub fn account(&self) -> Result<Option<AccountRow>, Error> {
        sql::first(
            self.conn,
            "SELECT p.uri, device, service, service_name, service_key, authority_key, identity_handle, device_handle,
                 identity_certificate, device_certificate, created, inbox_cursor, name
             FROM account JOIN people p ON p.id = person",
            [],
            |c| {
                Ok(AccountRow {
                    user: c.user()?,
                    device: c.device()?,
                    service: service(c)?,
                    service_key: c.id("service key")?,
                    authority_key: c.id("authority key")?,
                    identity_handle: c.handle()?,
                    device_handle: c.handle()?,
                    identity_certificate: c.bytes("certificate")?,
                    device_certificate: c.bytes("certificate")?,
                    created: c.time()?,
                    inbox_cursor: c.seq()?,
                    name: c.maybe_name()?,
                })
            },
        )
    }

    /// A contact, whose identity key is pinned.
    pub fn contact(&self, user: &UserUri) -> Result<Option<ContactRow>, Error> {
        sql::first(
            self.conn,
            "SELECT p.uri, identity_key, first_seen FROM contacts JOIN people p ON p.id = person WHERE p.uri = ?1",
            [user.as_str()],
            contact,
        )
    }

    /// All contacts, by name.
    pub fn contacts(&self) -> Result<Vec<ContactRow>, Error> {
        sql::all(
            self.conn,
            "SELECT p.uri, identity_key, first_seen FROM contacts JOIN people p ON p.id = person ORDER BY p.handle, p.uri",
            [],
            contact,
        )
    }

    /// All key packages of this client, oldest first.
    pub fn key_packages(&self) -> Result<Vec<KeyPackageRow>, Error> {
        sql::all(
            self.conn,
            "SELECT reference, handle, last_resort, cipher_suite, not_after, data, public, chain, published, used FROM key_packages
             ORDER BY id",
            [],
            key_package,
        )
    }

    /// The key package with this reference.
    pub fn key_package(&self, reference: &[u8]) -> Result<Option<KeyPackageRow>, Error> {
        sql::first(
            self.conn,
            "SELECT reference, handle, last_resort, cipher_suite, not_after, data, public, chain, published, used FROM key_packages
             WHERE reference = ?1",
            [reference],
            key_package,
        )
    }

    /// A setting of the app.
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        sql::first(self.conn, "SELECT value FROM settings WHERE name = ?1", [name], |c| {
            c.blob("setting", |bytes| Ok(bytes.to_vec()))
        })
    }

    /// How many transactions this store has ever written.
    pub fn write_counter(&self) -> Result<u64, Error> {
        sql::only(self.conn, "SELECT count FROM writes", [], Missing::Row, |c| c.number("write counter"))
    }

    /// Every vault handle that a row names; all other items of the profile may be deleted.
    pub fn vault_handles(&self) -> Result<BTreeSet<String>, Error> {
        let handles = sql::all(
            self.conn,
            "SELECT identity_handle FROM account UNION SELECT device_handle FROM account
             UNION SELECT handle FROM key_packages
             UNION SELECT signer FROM generations WHERE signer IS NOT NULL
             UNION SELECT signer FROM intents WHERE signer IS NOT NULL",
            [],
            |c| c.text("handle"),
        )?;
        Ok(handles.into_iter().collect())
    }
}
