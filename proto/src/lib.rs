//! The contracts of Docket as Rust types, clients and servers, made from the `.proto` files beside this crate.
//!
//! Nothing here knows what a call does. Comments on the items come from the contracts.

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
    }
}

/// All contracts as an encoded `google.protobuf.FileDescriptorSet`, for reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/docket.bin"));
