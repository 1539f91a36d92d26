//! Runs statements and reads their columns in order. Values are checked: a wrong type, length or range is
//! [`Error::Corrupt`], never a panic.

use bytes::Bytes;
use conclave_protocol::{ClientUri, DeviceId, Epoch, PersonName, Seq, Timestamp, UserUri};
use conclave_record::{Code, KeyHandle, SecretBytes};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params, Row};
use zeroize::Zeroizing;

use crate::error::{Error, Missing};

/// Runs a statement; returns how many rows it changed.
pub(crate) fn run(conn: &Connection, sql: &'static str, params: impl Params) -> Result<usize, Error> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// Runs an insert; returns the row id.
pub(crate) fn insert(conn: &Connection, sql: &'static str, params: impl Params) -> Result<i64, Error> {
    Ok(conn.prepare_cached(sql)?.insert(params)?)
}

/// All rows.
pub(crate) fn all<T>(
    conn: &Connection,
    sql: &'static str,
    params: impl Params,
    mut read: impl FnMut(&mut Columns<'_, '_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.push(read(&mut Columns { row, next: 0 })?);
    }
    Ok(out)
}

/// The first row, if any.
pub(crate) fn first<T>(
    conn: &Connection,
    sql: &'static str,
    params: impl Params,
    read: impl FnOnce(&mut Columns<'_, '_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    match rows.next()? {
        Some(row) => read(&mut Columns { row, next: 0 }).map(Some),
        None => Ok(None),
    }
}

/// Whether there is a row.
pub(crate) fn exists(conn: &Connection, sql: &'static str, params: impl Params) -> Result<bool, Error> {
    Ok(conn.prepare_cached(sql)?.exists(params)?)
}

/// The one row that must be there.
pub(crate) fn only<T>(
    conn: &Connection,
    sql: &'static str,
    params: impl Params,
    missing: Missing,
    read: impl FnOnce(&mut Columns<'_, '_>) -> Result<T, Error>,
) -> Result<T, Error> {
    first(conn, sql, params, read)?.ok_or(Error::NotFound(missing))
}

/// A counter as SQLite's signed integer.
pub(crate) fn int(value: u64, what: &'static str) -> Result<i64, Error> {
    i64::try_from(value).map_err(|_| Error::OutOfRange { what })
}

/// The columns of a row, read from left to right. `what` names the value in an error.
pub(crate) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl Columns<'_, '_> {
    fn take(&mut self) -> Result<ValueRef<'_>, Error> {
        let index = self.next;
        self.next += 1;
        Ok(self.row.get_ref(index)?)
    }

    pub(crate) fn maybe_int(&mut self, what: &'static str) -> Result<Option<i64>, Error> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            _ => Err(Error::Corrupt { what }),
        }
    }

    pub(crate) fn int(&mut self, what: &'static str) -> Result<i64, Error> {
        self.maybe_int(what)?.ok_or(Error::Corrupt { what })
    }

    /// Any unsigned number.
    pub(crate) fn number<N: TryFrom<i64>>(&mut self, what: &'static str) -> Result<N, Error> {
        N::try_from(self.int(what)?).map_err(|_| Error::Corrupt { what })
    }

    pub(crate) fn maybe_number<N: TryFrom<i64>>(&mut self, what: &'static str) -> Result<Option<N>, Error> {
        self.maybe_int(what)?.map(|value| N::try_from(value).map_err(|_| Error::Corrupt { what })).transpose()
    }

    pub(crate) fn flag(&mut self, what: &'static str) -> Result<bool, Error> {
        match self.int(what)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Corrupt { what }),
        }
    }

    /// A stored enum.
    pub(crate) fn code<T: Code>(&mut self) -> Result<T, Error> {
        self.maybe_code()?.ok_or(Error::Corrupt { what: T::WHAT })
    }

    pub(crate) fn maybe_code<T: Code>(&mut self) -> Result<Option<T>, Error> {
        let what = T::WHAT;
        self.maybe_int(what)?.map(|code| T::from_stored(code).ok_or(Error::Corrupt { what })).transpose()
    }

    /// The vault's id of a key.
    pub(crate) fn maybe_handle(&mut self) -> Result<Option<KeyHandle>, Error> {
        Ok(self.maybe_text("handle")?.map(KeyHandle::new))
    }

    pub(crate) fn handle(&mut self) -> Result<KeyHandle, Error> {
        self.maybe_handle()?.ok_or(Error::Corrupt { what: "handle" })
    }

    pub(crate) fn epoch(&mut self) -> Result<Epoch, Error> {
        self.number("epoch").map(Epoch)
    }

    pub(crate) fn seq(&mut self) -> Result<Seq, Error> {
        self.number("sequence number").map(Seq)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        self.number("time").map(Timestamp)
    }

    pub(crate) fn maybe_text(&mut self, what: &'static str) -> Result<Option<String>, Error> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => {
                String::from_utf8(bytes.to_vec()).map(Some).map_err(|_| Error::Corrupt { what })
            }
            _ => Err(Error::Corrupt { what }),
        }
    }

    pub(crate) fn text(&mut self, what: &'static str) -> Result<String, Error> {
        self.maybe_text(what)?.ok_or(Error::Corrupt { what })
    }

    pub(crate) fn maybe_blob<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => read(bytes).map(Some),
            _ => Err(Error::Corrupt { what }),
        }
    }

    pub(crate) fn blob<T>(
        &mut self,
        what: &'static str,
        read: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.maybe_blob(what, read)?.ok_or(Error::Corrupt { what })
    }

    pub(crate) fn bytes(&mut self, what: &'static str) -> Result<Bytes, Error> {
        self.blob(what, |bytes| Ok(Bytes::copy_from_slice(bytes)))
    }

    pub(crate) fn secret(&mut self, what: &'static str) -> Result<SecretBytes, Error> {
        self.blob(what, |bytes| Ok(Zeroizing::new(bytes.to_vec()).into()))
    }

    /// A fixed number of bytes: an id, a hash or a key.
    pub(crate) fn id<T: for<'a> TryFrom<&'a [u8]>>(&mut self, what: &'static str) -> Result<T, Error> {
        self.blob(what, |bytes| T::try_from(bytes).map_err(|_| Error::Corrupt { what }))
    }

    pub(crate) fn maybe_id<T: for<'a> TryFrom<&'a [u8]>>(
        &mut self,
        what: &'static str,
    ) -> Result<Option<T>, Error> {
        self.maybe_blob(what, |bytes| T::try_from(bytes).map_err(|_| Error::Corrupt { what }))
    }

    /// A person's name.
    pub(crate) fn maybe_name(&mut self) -> Result<Option<PersonName>, Error> {
        let what = "name";
        let name = self.maybe_text(what)?;
        name.map(|name| PersonName::clean(&name).map_err(|_| Error::Corrupt { what })).transpose()
    }

    /// A URI from `people`.
    pub(crate) fn maybe_user(&mut self) -> Result<Option<UserUri>, Error> {
        let what = "user";
        self.maybe_text(what)?.map(|uri| uri.parse().map_err(|_| Error::Corrupt { what })).transpose()
    }

    pub(crate) fn user(&mut self) -> Result<UserUri, Error> {
        self.maybe_user()?.ok_or(Error::Corrupt { what: "user" })
    }

    pub(crate) fn device(&mut self) -> Result<DeviceId, Error> {
        self.id("device").map(DeviceId)
    }

    /// A URI from `people` and a device.
    pub(crate) fn maybe_client(&mut self) -> Result<Option<ClientUri>, Error> {
        let user = self.maybe_user()?;
        let device = self.maybe_id("device")?.map(DeviceId);
        match (user, device) {
            (Some(user), Some(device)) => Ok(Some(user.client(device))),
            (None, None) => Ok(None),
            _ => Err(Error::Corrupt { what: "client" }),
        }
    }

    pub(crate) fn client(&mut self) -> Result<ClientUri, Error> {
        self.maybe_client()?.ok_or(Error::Corrupt { what: "client" })
    }
}
