//! What people are called, beside their logins.

use conclave_engine::api::{AppState, Error, NewAccount, Service};
use conclave_tests::{Person, story};

async fn signs_up(person: &Person, name: &str) -> Result<String, Error> {
    let new = NewAccount {
        name: Some(name.to_owned()),
        handle: person.name().to_owned(),
        service: Service::Own,
    };
    person.engine.create_account(new).await.map(|account| account.name)
}

async fn is_called(person: &Person) -> String {
    match person.engine.app_state().await {
        Ok(AppState::Ready { account }) => account.name,
        other => panic!("no account: {other:?}"),
    }
}

#[test]
fn a_name_of_any_script_is_the_accounts_and_can_be_changed() {
    story(2201, |world| async move {
        let mut anna = world.newcomer("anna").await;
        assert_eq!(signs_up(&anna, "\u{200B}\u{3164}").await, Err(Error::Empty));
        assert_eq!(signs_up(&anna, &"ж".repeat(65)).await, Err(Error::NameTooLong { max: 64 }));
        assert_eq!(signs_up(&anna, " Анна \u{202E} Лебедева\u{0}").await.as_deref(), Ok("Анна Лебедева"));
        anna.restart().await;
        assert_eq!(is_called(&anna).await, "Анна Лебедева");
        assert_eq!(anna.engine.set_name(" ".to_owned()).await, Err(Error::Empty));
        anna.engine.set_name("أنّا".to_owned()).await.expect("another name");
        assert_eq!(is_called(&anna).await, "أنّا");
        anna.restart().await;
        assert_eq!(is_called(&anna).await, "أنّا");
    });
}

#[test]
fn without_a_name_the_login_is_it() {
    story(2202, |world| async move {
        let anna = world.person("anna").await;
        assert_eq!(is_called(&anna).await, "anna");
    });
}
