//! AccountService.

use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::account_service_server::AccountService;
use docket_rpc::{Violations, caller, store_failure};
use tokio_stream::Empty;
use tonic::{Request, Response, Status};

use super::client::client;
use super::{convert, status};
use crate::accounts::Accounts;
use crate::passwords::PasswordRules;
use crate::sessions::Sessions;

/// The calls of an account's holder.
#[derive(Clone, Debug)]
pub(crate) struct AccountHandlers {
    /// Use cases.
    pub(crate) accounts: Accounts,
    /// Use cases.
    pub(crate) sessions: Sessions,
    /// What a new password must be.
    pub(crate) rules: PasswordRules,
}

#[tonic::async_trait]
impl AccountService for AccountHandlers {
    async fn get_account(
        &self,
        request: Request<proto::GetAccountRequest>,
    ) -> Result<Response<proto::GetAccountResponse>, Status> {
        let account = self.accounts.account(&caller(&request)?).await?;
        Ok(Response::new(proto::GetAccountResponse { account: Some(convert::account(&account)) }))
    }

    async fn update_account(
        &self,
        request: Request<proto::UpdateAccountRequest>,
    ) -> Result<Response<proto::UpdateAccountResponse>, Status> {
        let caller = caller(&request)?;
        let name = convert::update_account(request.into_inner())?;
        let account = self.accounts.rename(&caller, name).await?;
        Ok(Response::new(proto::UpdateAccountResponse { account: Some(convert::account(&account)) }))
    }

    async fn change_password(
        &self,
        request: Request<proto::ChangePasswordRequest>,
    ) -> Result<Response<proto::ChangePasswordResponse>, Status> {
        let (caller, client) = (caller(&request)?, client(&request));
        let message = request.get_ref();
        // A new password must not be built from name or address.
        let account = self.accounts.account(&caller).await?;
        let mut violations = Violations::new();
        let current = convert::current_password(&message.current_password, &mut violations);
        let new = self.rules.check(&message.new_password, Some(&account.display_name), Some(&account.email)).await?;
        let new = violations.check("new_password", new);
        let (current, new) = violations.finish(current.zip(new))?;
        self.accounts.change_password(&caller, current, new, client).await?;
        Ok(Response::new(proto::ChangePasswordResponse {}))
    }

    async fn change_email(
        &self,
        _: Request<proto::ChangeEmailRequest>,
    ) -> Result<Response<proto::ChangeEmailResponse>, Status> {
        status::later()
    }

    async fn delete_account(
        &self,
        request: Request<proto::DeleteAccountRequest>,
    ) -> Result<Response<proto::DeleteAccountResponse>, Status> {
        let caller = caller(&request)?;
        let mut violations = Violations::new();
        let current = convert::current_password(&request.get_ref().current_password, &mut violations);
        self.accounts.delete(&caller, violations.finish(current)?).await?;
        Ok(Response::new(proto::DeleteAccountResponse {}))
    }

    type ExportAccountStream = Empty<Result<proto::ExportAccountResponse, Status>>;

    async fn export_account(
        &self,
        _: Request<proto::ExportAccountRequest>,
    ) -> Result<Response<Self::ExportAccountStream>, Status> {
        status::later()
    }

    async fn list_sessions(
        &self,
        request: Request<proto::ListSessionsRequest>,
    ) -> Result<Response<proto::ListSessionsResponse>, Status> {
        let caller = caller(&request)?;
        let sessions = self.sessions.list(&caller).await.map_err(|error| store_failure(&error))?;
        let own = caller.session_id();
        let sessions = sessions.into_iter().map(|session| convert::session(session, own)).collect();
        Ok(Response::new(proto::ListSessionsResponse { sessions }))
    }

    async fn revoke_session(
        &self,
        request: Request<proto::RevokeSessionRequest>,
    ) -> Result<Response<proto::RevokeSessionResponse>, Status> {
        let (caller, client) = (caller(&request)?, client(&request));
        let session = convert::session_id(&request.get_ref().session_id)?;
        self.sessions.revoke(&caller, session, client).await?;
        Ok(Response::new(proto::RevokeSessionResponse {}))
    }

    async fn list_security_events(
        &self,
        _: Request<proto::ListSecurityEventsRequest>,
    ) -> Result<Response<proto::ListSecurityEventsResponse>, Status> {
        status::later()
    }
}
