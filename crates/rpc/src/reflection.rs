//! Lets clients ask a server for its contracts (`grpc.reflection`), in both versions that clients use.

use tonic::service::Routes;
use tonic_health::pb::health_server;
use tonic_reflection::pb::{v1, v1alpha};
use tonic_reflection::server::Builder;

/// Full names of the reflection services.
pub const REFLECTION_SERVICES: [&str; 2] =
    [v1::server_reflection_server::SERVICE_NAME, v1alpha::server_reflection_server::SERVICE_NAME];

/// Adds the reflection services, v1 and v1alpha, to `routes`. They list `services` (full names) and health, and need no
/// token.
///
/// # Panics
/// Where the descriptors that were compiled in are broken: a fault of the build, found by every test that starts a
/// server.
pub fn reflection(routes: Routes, services: &[&str]) -> Routes {
    let builder = || {
        let contracts = Builder::configure()
            .register_encoded_file_descriptor_set(docket_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        services
            .iter()
            .chain([&health_server::SERVICE_NAME])
            .fold(contracts, |builder, name| builder.with_service_name(*name))
    };
    routes
        .add_service(builder().build_v1().expect("the compiled descriptors are whole"))
        .add_service(builder().build_v1alpha().expect("the compiled descriptors are whole"))
}
