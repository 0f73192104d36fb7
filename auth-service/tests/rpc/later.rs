//! Calls that are in the contract and come with a later release.

use docket_proto::auth::v1 as proto;
use docket_testkit::on_both_databases;
use tonic::Code;

use crate::support::{Auth, bearing, reason};

on_both_databases! {
    async fn they_say_so_and_pretend_nothing(database: TestDatabase) {
        let auth = Auth::start(database).await;
        let token = auth.sign_up("Ada").await.tokens.access_token;
        let (mut sessions, mut accounts) = (auth.auth(), auth.accounts());
        let answers = [
            sessions.request_password_reset(proto::RequestPasswordResetRequest::default()).await.map(drop),
            sessions.reset_password(proto::ResetPasswordRequest::default()).await.map(drop),
            sessions.request_email_verification(proto::RequestEmailVerificationRequest::default()).await.map(drop),
            sessions.verify_email(proto::VerifyEmailRequest::default()).await.map(drop),
            accounts.change_email(bearing(&token, proto::ChangeEmailRequest::default())).await.map(drop),
            accounts.export_account(bearing(&token, proto::ExportAccountRequest {})).await.map(drop),
            accounts
                .list_security_events(bearing(&token, proto::ListSecurityEventsRequest::default()))
                .await
                .map(drop),
        ];
        for answer in answers {
            let refused = answer.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::Unimplemented, "UNIMPLEMENTED"));
        }
    }
}
