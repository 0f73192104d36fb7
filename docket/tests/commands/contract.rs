//! Each method asks of its caller what its options in the contract say.

use bytes::Bytes;
use docket_proto::FILE_DESCRIPTOR_SET;
use docket_testkit::Raw;
use prost_reflect::{DescriptorPool, MethodDescriptor};
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_types::StatusExt as _;

use crate::program::Served;

/// The name of the enum's value.
fn credential(contracts: &DescriptorPool, method: &MethodDescriptor) -> String {
    let option = contracts.get_extension_by_name("docket.options.v1.credential").unwrap();
    let number = method.options().get_extension(&option).as_enum_number().unwrap();
    let values = contracts.get_enum_by_name("docket.options.v1.Credential").unwrap();
    values.get_value(number).unwrap().name().to_owned()
}

/// The reason with which a call without a token and with an empty message is refused; empty where it is not.
async fn reason_without_token(channel: Channel, method: &MethodDescriptor) -> String {
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    // A unary call is a stream of one.
    let answer = async {
        let mut answers = client.server_streaming(Request::new(Bytes::new()), path.parse().unwrap(), Raw).await?;
        answers.get_mut().message().await.map(drop)
    };
    let reason = |status: Status| status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    answer.await.err().map(reason).unwrap_or_default()
}

#[tokio::test]
async fn a_method_needs_the_credential_that_the_contract_names() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let channel = served.channel().await;
    let contracts = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let methods: Vec<_> = contracts.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    assert!(methods.len() >= 41, "{}", methods.len());
    for method in methods {
        let reason = reason_without_token(channel.clone(), &method).await;
        match credential(&contracts, &method).as_str() {
            "CREDENTIAL_UNSPECIFIED" | "CREDENTIAL_ACCESS_TOKEN" => assert_eq!(reason, "TOKEN_MISSING", "{method:?}"),
            "CREDENTIAL_NONE" => assert_ne!(reason, "TOKEN_MISSING", "{method:?}"),
            "CREDENTIAL_SERVICE_TOKEN" => assert_eq!(reason, "UNIMPLEMENTED", "{method:?}: the gateway forwards none"),
            other => panic!("{other}: {method:?}"),
        }
    }
}
