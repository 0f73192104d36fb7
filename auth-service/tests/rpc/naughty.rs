//! Strings that break things, in every field that takes a text.

use docket_proto::auth::v1 as proto;
use docket_testkit::{naughty_strings, on_both_databases};
use tonic::Code;
use unicode_normalization::UnicodeNormalization as _;

use crate::support::{Auth, PASSWORD, fields, reason, sign_in, sign_up};

fn trimmed(text: &str) -> String {
    text.nfc().collect::<String>().trim().to_owned()
}

on_both_databases! {
    async fn a_name_is_kept_exactly_or_refused_where_it_is(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let mut kept = 0;
        for (index, text) in naughty_strings().into_iter().enumerate() {
            let message = proto::SignUpRequest { display_name: text.clone(), ..sign_up(&format!("person{index}")) };
            match auth.auth().sign_up(message).await {
                Ok(response) => {
                    kept += 1;
                    let tokens = response.into_inner().tokens.unwrap();
                    let name = auth.whoami(&tokens.access_token).await.unwrap().display_name;
                    assert_eq!(name, trimmed(&text));
                }
                Err(status) => assert_eq!(fields(&status), ["display_name"], "{text:?}"),
            }
        }
        assert!(kept > 300, "most are names like others: {kept}");
    }

    async fn an_address_is_kept_exactly_or_refused_where_it_is(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let addresses = naughty_strings().into_iter().flat_map(|text| {
            let local_part = format!("{text}@example.org");
            let quoted = format!("\"{text}\"@example.org");
            [text, local_part, quoted]
        });
        for text in addresses {
            let message = proto::SignUpRequest { email: text.clone(), ..sign_up("Ada") };
            match auth.auth().sign_up(message).await {
                Ok(response) => {
                    let email = response.into_inner().account.unwrap().email;
                    assert_eq!(email, trimmed(&trimmed(&text).to_lowercase()));
                }
                // Two of them are one address.
                Err(status) if status.code() == Code::AlreadyExists => assert_eq!(reason(&status), "EMAIL_TAKEN"),
                Err(status) => assert_eq!(fields(&status), ["email"], "{text:?}"),
            }
        }
    }

    async fn at_sign_in_they_open_nothing_and_break_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let person = auth.sign_up("Ada").await;
        for text in naughty_strings() {
            let refused = auth.auth().sign_in(sign_in(&text, &text)).await.unwrap_err();
            assert!(["BAD_CREDENTIALS", "INVALID_ARGUMENT"].contains(&reason(&refused).as_str()), "{text:?}");
            let named = proto::SignInRequest {
                device_name: text.clone(),
                ..sign_in(&person.account.email, PASSWORD)
            };
            match auth.auth().sign_in(named).await {
                Ok(response) => {
                    let token = response.into_inner().tokens.unwrap().access_token;
                    let sessions = auth.sessions(&token).await;
                    let name = &sessions.iter().find(|session| session.current).unwrap().device_name;
                    let expected = trimmed(&text);
                    assert!(*name == expected || expected.is_empty(), "{text:?}");
                }
                Err(status) => assert_eq!(fields(&status), ["device_name"], "{text:?}"),
            }
            auth.sign_out(&person.tokens.access_token, proto::sign_out_request::Scope::Others).await.unwrap();
        }
    }
}
