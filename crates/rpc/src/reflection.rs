//! Lets clients ask a server for its contracts (`grpc.reflection`), in both versions that are about.

use tonic::service::Routes;
use tonic_reflection::server::Builder;

/// What every server of Docket serves beside its own.
const HEALTH: &str = "grpc.health.v1.Health";

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
        services.iter().chain([&HEALTH]).fold(contracts, |builder, name| builder.with_service_name(*name))
    };
    routes
        .add_service(builder().build_v1().expect("the compiled descriptors are whole"))
        .add_service(builder().build_v1alpha().expect("the compiled descriptors are whole"))
}
