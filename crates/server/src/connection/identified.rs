//! Requests of an identified connection: account, key packages, inbox.

use std::cell::OnceCell;
use std::sync::Arc;

use conclave_protocol::wire::{client_frame, server_frame};
use conclave_protocol::{ClientUri, Seq, UserUri, wire};
use futures::FutureExt;

use super::answers::Large;
use super::{Connection, Later, Reply, done, following};
use crate::authentication::Enrol;
use crate::delivery::access::Challenge;
use crate::delivery::hub::Topic;
use crate::delivery::inbox::{self, Part};
use crate::delivery::key_packages::{self, Claim, Publish};
use crate::quota::{Quota, Source};
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::storage::Tables;

impl Connection {
    pub(super) fn identified(
        &mut self,
        body: client_frame::Body,
        challenge: Challenge,
    ) -> Result<Later, Refusal> {
        match body {
            client_frame::Body::Authenticate(request) => return self.authenticate(&request, challenge),
            client_frame::Body::Enrol(request) => return self.enrol(&request, challenge),
            client_frame::Body::LookUp(request) => return self.look_up(request),
            _ => {}
        }
        let client = self.client.clone().ok_or(Refusal::NotHere)?;
        match body {
            client_frame::Body::PublishKeyPackages(request) => self.publish(request, client),
            client_frame::Body::WithdrawKeyPackages(_) => Ok(self.withdraw(client)),
            client_frame::Body::CountKeyPackages(_) => Ok(self.count(client)),
            client_frame::Body::ClaimKeyPackages(request) => self.claim(&request, &client),
            client_frame::Body::ReadInbox(request) => Ok(self.read_inbox(request, &client)),
            client_frame::Body::AcknowledgeInbox(request) => Ok(self.acknowledge(request, &client)),
            client_frame::Body::SubscribeInbox(request) => Ok(self.subscribe_inbox(request, &client)),
            _ => Err(Refusal::NotHere),
        }
    }

    fn enrol(&mut self, request: &wire::Enrol, challenge: Challenge) -> Result<Later, Refusal> {
        if self.client.is_some() {
            return Err(Refusal::NotHere);
        }
        let enrol = Enrol::parse(request, challenge)?;
        let shared = self.shared();
        shared.quotas.take(Quota::Enrolments(self.admitted.source), shared.limits.enrolments)?;
        let now = shared.now();
        let enrolled = shared.write(move |shared, tables| shared.authority.enrol(tables, &enrol, now));
        // The next step for a new account is a device certificate.
        self.deadline = tokio::time::Instant::now() + self.shared().limits.opening;
        Ok(enrolled.map(|e| Ok(server_frame::Body::Enrolled(e?).into())).boxed())
    }

    fn look_up(&self, request: wire::LookUp) -> Result<Later, Refusal> {
        let (shared, source) = (self.shared(), self.admitted.source);
        shared.quotas.take(Quota::LookUps(source), shared.limits.look_ups)?;
        let found = shared.read(move |shared, tables| shared.authority.look_up(tables, &request.name));
        Ok(found.map(|found| Ok(server_frame::Body::Found(found?).into())).boxed())
    }

    fn publish(&self, request: wire::PublishKeyPackages, client: ClientUri) -> Result<Later, Refusal> {
        let (shared, source) = (Arc::clone(self.shared()), self.admitted.source);
        let now = shared.now();
        let publish = Publish::parse(request, now)?;
        let bytes = publish.size();
        shared.take_stored(source, bytes)?;
        let stored = shared.write(move |shared, tables| publish.run(tables, &client, &shared.limits, now));
        let answer = async move {
            let stored = stored.await;
            if stored.is_err() {
                shared.give_back_stored(source, bytes);
            }
            stored.map(|()| done().into())
        };
        Ok(answer.boxed())
    }

    fn withdraw(&self, client: ClientUri) -> Later {
        let withdrawn = self.shared().write(move |_, tables| tables.withdraw_key_packages(&client));
        withdrawn.map(|withdrawn| Ok(withdrawn.map(|()| done())?.into())).boxed()
    }

    fn count(&self, client: ClientUri) -> Later {
        let now = self.shared().now();
        let count = self.shared().read(move |_, tables| key_packages::count(tables, &client, now));
        count.map(|count| Ok(server_frame::Body::KeyPackageCount(count?).into())).boxed()
    }

    fn claim(&self, request: &wire::ClaimKeyPackages, client: &ClientUri) -> Result<Later, Refusal> {
        let (shared, source) = (Arc::clone(self.shared()), self.admitted.source);
        let claim = Claim::parse(request, &shared.domain)?;
        let (by, target) = (client.user().clone(), claim.user().clone());
        shared.quotas.take(Quota::LookUps(source), shared.limits.look_ups)?;
        shared.quotas.take(Quota::Claims(by.clone()), shared.limits.claims)?;
        let of = Quota::ClaimsOf { by: by.clone(), target: target.clone() };
        shared.quotas.take(of, shared.limits.claims_per_target)?;
        let (answers, now) = (self.answers.clone(), shared.now());
        let claimed = async move {
            let (turn, counting) = (answers.turn().await, answers.clone());
            // Charged once per claim, and only if a device is down to its last key packages; also if the work runs
            // again.
            let rest = OnceCell::new();
            let work = move |shared: &Shared, tables: &dyn Tables| {
                key_packages::check_user(tables, claim.user())?;
                let may_take_rest = || rest.get_or_init(|| take_rest(shared, source, &by, &target)).clone();
                let claimed = claim.run(tables, &may_take_rest, now)?;
                // If there is no room for them, they are not handed out.
                let held = counting.count(claimed.key_packages.iter().map(|k| k.key_package.len()).sum())?;
                Ok((claimed, held))
            };
            let (claimed, held) = shared.write(work).await?;
            Ok(Reply::Large(server_frame::Body::ClaimedKeyPackages(claimed), Large::new(held, turn)))
        };
        Ok(claimed.boxed())
    }

    fn read_inbox(&self, request: wire::ReadInbox, client: &ClientUri) -> Later {
        let (inbox, after, limit) = (client.inbox(), Seq(request.after), request.limit);
        let (answers, shared) = (self.answers.clone(), Arc::clone(self.shared()));
        let part = async move {
            let page = move |tables: &dyn Tables, bytes| inbox::page(tables, &inbox, after, limit, bytes);
            let (part, large) = answers.read(&shared, page, Part::bytes).await?;
            Ok(Reply::Large(server_frame::Body::InboxEntries(part.into_wire()), large))
        };
        part.boxed()
    }

    fn acknowledge(&self, request: wire::AcknowledgeInbox, client: &ClientUri) -> Later {
        let inbox = client.inbox();
        let deleted =
            self.shared().write(move |_, tables| tables.delete_from_inbox(&inbox, Seq(request.upto)));
        deleted.map(|deleted| deleted.map(|()| done().into())).boxed()
    }

    fn subscribe_inbox(&mut self, request: wire::SubscribeInbox, client: &ClientUri) -> Later {
        let (inbox, after) = (client.inbox(), Seq(request.after));
        let topic = Topic::Inbox(inbox);
        let number = self.following.ask(topic);
        let head = self.shared().read(move |_, tables| inbox::head(tables, &inbox));
        let reply = move |head| match head {
            Ok(head) => Reply::Follow(following::Start::after(topic, number, after, head)),
            Err(refusal) => Reply::DoNotFollow(number, refusal),
        };
        head.map(move |head| Ok(reply(head))).boxed()
    }
}

/// Takes from the allowance that one claimer, and one address, has for a user's last key packages.
fn take_rest(shared: &Shared, source: Source, by: &UserUri, target: &UserUri) -> Result<(), Refusal> {
    let (by, target) = (by.clone(), target.clone());
    shared.quotas.take(Quota::RestFrom { source, target: target.clone() }, shared.limits.claims_of_rest)?;
    shared.quotas.take(Quota::RestBy { by, target }, shared.limits.claims_of_rest)
}
