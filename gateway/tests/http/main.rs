//! The gateway on a real socket, with stub services.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cross_origin;
mod forwarding;
mod grpc;
mod grpc_web;
mod head;
mod health;
mod keys;
mod page;
mod paths;
mod recorder;
mod remote;
mod site;
mod stubs;
