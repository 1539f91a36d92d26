//! Invitations to the account's service, and the one by which the account was created.

use conclave_protocol::{BadInvitation as Bad, GroupId, Handle, Invitation as Link, ServiceAddress, UserUri};
use conclave_store::{Error as StoreError, LogFilter, ServiceKind, Tx};

use super::translate::internal;
use super::{Engine, Open, Phase};
use crate::api::{BadInvitation, Error, Invitation, Service};
use crate::executor::{StoreFault, StoreHandle};

/// The setting that stores who invited this user to the service.
pub(super) const INVITED_BY: &str = "invited_by";

impl Engine {
    /// The link by which this user invites others to their service. None if the service is on this computer only: other
    /// profiles find it by themselves, and nobody else can reach it.
    pub async fn invitation(&self) -> Result<Option<String>, Error> {
        let open = self.account()?;
        let account = open.deps.store.read(|v| v.account()).await?.ok_or(Error::NoAccount)?;
        let ServiceKind::Server { url } = account.service else { return Ok(None) };
        let address: ServiceAddress = url.parse().map_err(|e| internal(&e))?;
        let by: Handle = account.user.handle().parse().map_err(|e| internal(&e))?;
        Ok(Some(Link { address, service_key: account.service_key, by }.to_string()))
    }

    /// Parses an invitation, without contacting its service.
    pub fn read_invitation(&self, link: &str) -> Result<Invitation, Error> {
        let link = read(link)?;
        Ok(Invitation { service: Service::Server { url: link.address.to_string() }, by: link.by.to_string() })
    }

    /// The inviter and this user were in a group together: the inviter is no longer shown.
    pub(super) async fn inviter_met(&self) {
        let _opening = self.0.opening.lock().await;
        if let Ok(open) = self.account() {
            self.set_phase(Phase::Open(Box::new(Open { invited_by: None, ..open })));
        }
    }
}

impl Open {
    pub(super) fn inviter(&self) -> Option<UserUri> {
        let handle: Handle = self.invited_by.as_deref()?.parse().ok()?;
        UserUri::new(self.deps.me.client.user().domain(), &handle).ok()
    }
}

/// Deletes the inviter's name if they were in this group, whose rows, the only record of that, are deleted next. True
/// if it was deleted.
pub(super) fn forget_inviter_if_met(
    tx: &mut Tx<'_>,
    group: &GroupId,
    inviter: Option<&UserUri>,
) -> Result<bool, StoreError> {
    let Some(inviter) = inviter else { return Ok(false) };
    let rows = LogFilter { person: Some(inviter.clone()), ..LogFilter::default() };
    let view = tx.view();
    let met = view.role_of(group, inviter)?.is_some() || view.membership_log(group, &rows, 1)?.total > 0;
    if met {
        tx.delete_setting(INVITED_BY)?;
    }
    Ok(met)
}

/// Parses the invitation for a new account. It must be to this service, whose address is normalized.
pub(super) fn invitation_to(link: &str, service: &Service) -> Result<Link, Error> {
    let link = read(link)?;
    let to = Service::Server { url: link.address.to_string() };
    if to == *service { Ok(link) } else { Err(Error::BadServiceUrl) }
}

/// Who invited this user, if anybody did.
pub(super) async fn inviter(store: &StoreHandle) -> Result<Option<String>, StoreFault> {
    let kept = store.read(|v| v.setting(INVITED_BY)).await?;
    // Only names are stored there.
    Ok(kept.and_then(|name| String::from_utf8(name).ok()))
}

fn read(link: &str) -> Result<Link, Error> {
    link.parse().map_err(|bad| Error::BadInvitation {
        why: match bad {
            Bad::Other => BadInvitation::Other,
            Bad::Version => BadInvitation::Version,
            Bad::Damaged => BadInvitation::Damaged,
        },
    })
}
