//! The contracts of Docket as Rust types, clients and servers, made from the `.proto` files beside this crate.
//!
//! Knows nothing about what calls do. The comments of the items come from the contracts, and the constants about
//! services and methods from their options.

/// Accounts, sessions, tokens and the keys that verify them.
pub mod auth {
    /// Version 1.
    #[expect(
        missing_docs,
        unused_qualifications,
        clippy::all,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "generated: the contracts hold the comments"
    )]
    pub mod v1 {
        tonic::include_proto!("docket.auth.v1");
        include!(concat!(env!("OUT_DIR"), "/docket.auth.v1.services.rs"));
    }
}

/// Tasks and the lists that hold them.
pub mod task {
    /// Version 1.
    #[expect(
        missing_docs,
        unused_qualifications,
        clippy::all,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        reason = "generated: the contracts hold the comments"
    )]
    pub mod v1 {
        tonic::include_proto!("docket.task.v1");
        include!(concat!(env!("OUT_DIR"), "/docket.task.v1.services.rs"));
    }
}

include!(concat!(env!("OUT_DIR"), "/methods.rs"));

/// The request of a method. The contracts give each method a request of its own (`buf lint`,
/// RPC_REQUEST_RESPONSE_UNIQUE), so that the type of a request tells the method.
pub trait MethodRequest {
    /// The name of the method, without package and service: "CreateTask".
    const METHOD: &'static str;
}

/// All contracts as an encoded `google.protobuf.FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/docket.bin"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_with_a_method_for_service_tokens_is_not_public() {
        let internal: Vec<_> =
            auth::v1::SERVICES.iter().filter(|name| !auth::v1::PUBLIC_SERVICES.contains(name)).collect();
        assert_eq!(internal, [&auth::v1::revocation_service_server::SERVICE_NAME]);
        assert_eq!(task::v1::SERVICES, task::v1::PUBLIC_SERVICES);
    }

    #[test]
    fn only_what_opens_a_session_and_the_keys_are_open() {
        assert_eq!(OPEN_METHODS.len(), 9);
        for path in OPEN_METHODS {
            let service = path.trim_start_matches('/').split('/').next();
            let may_be_open = [auth::v1::auth_service_server::SERVICE_NAME, auth::v1::key_service_server::SERVICE_NAME];
            assert!(service.is_some_and(|name| may_be_open.contains(&name)) && !path.ends_with("/SignOut"), "{path}");
        }
    }

    #[test]
    fn only_refreshing_and_signing_out_read_the_cookie() {
        assert_eq!(
            COOKIE_METHODS,
            ["/docket.auth.v1.AuthService/RefreshSession", "/docket.auth.v1.AuthService/SignOut"]
        );
    }

    #[test]
    fn a_request_names_its_method() {
        // Stored with request ids: with another name, what was stored before would not be recognised.
        assert_eq!(task::v1::CreateTaskRequest::METHOD, "CreateTask");
        assert_eq!(auth::v1::SignInRequest::METHOD, "SignIn");
    }
}
