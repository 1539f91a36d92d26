//! People as the window shows them.

use conclave_protocol::{PersonName, UserUri};
use conclave_store::Names;

use super::Open;
use crate::api::Person;

/// The people of a group, with their names.
pub(super) struct People {
    me: UserUri,
    my_name: Option<PersonName>,
    names: Names,
}

impl People {
    /// A person by user.
    pub(super) fn person(&self, user: &UserUri) -> Person {
        let me = *user == self.me;
        let said = self.names.get(user);
        let name = if me { self.my_name.as_ref() } else { said.map(|known| &known.name) };
        Person {
            user: user.to_string(),
            handle: user.handle().to_owned(),
            name: name.map(|name| name.as_str().to_owned()),
            alike: said.is_some_and(|known| known.alike),
            me,
        }
    }

    /// Whether this is the account's own user.
    pub(super) fn is_me(&self, user: &UserUri) -> bool {
        *user == self.me
    }
}

#[cfg(test)]
impl People {
    /// This user, and nobody with a name.
    pub(super) fn without_names(me: UserUri) -> Self {
        Self { me, my_name: None, names: Names::new() }
    }
}

impl Open {
    /// The people of a group, with these names.
    pub(super) fn people(&self, names: Names) -> People {
        People { me: self.deps.me.client.user().clone(), my_name: self.name.clone(), names }
    }

    /// People by their logins only.
    pub(super) fn logins(&self) -> People {
        People { my_name: None, ..self.people(Names::new()) }
    }
}
