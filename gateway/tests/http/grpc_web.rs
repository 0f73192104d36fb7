//! Calls as browsers make them: gRPC-Web, binary and text, over HTTP/1.1 and HTTP/2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf as _, Bytes};
use docket_proto::task::v1::{ImportTasksRequest, ImportTasksResponse};
use http::{Request, Response, StatusCode, Version};
use prost::Message as _;

use crate::site::{IMPORT, Place, Site};

const BINARY: &[&str] = &["application/grpc-web", "application/grpc-web+proto"];
const TEXT: &[&str] = &["application/grpc-web-text", "application/grpc-web-text+proto"];
const TRAILERS: u8 = 0x80;

fn framed(message: &impl prost::Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], &length[..], &message].concat()
}

/// The frames of a body, each with its flag and its content.
fn frames(mut body: Bytes) -> Vec<(u8, Bytes)> {
    let mut frames = Vec::new();
    while body.has_remaining() {
        let flag = body.get_u8();
        let length = body.get_u32();
        frames.push((flag, body.split_to(length.try_into().unwrap())));
    }
    frames
}

/// Each chunk of a text body has its own padding.
fn decoded(body: &[u8]) -> Bytes {
    let quantum = |chunk| STANDARD.decode(chunk).unwrap();
    body.chunks(4).flat_map(quantum).collect()
}

fn import(content_type: &str, body: Vec<u8>) -> Request<Bytes> {
    let request = Request::post(IMPORT).header("content-type", content_type).header("accept", content_type);
    request.header("x-grpc-web", "1").body(body.into()).unwrap()
}

/// Makes a call with each content type and HTTP version, and returns the responses with decoded bodies.
async fn in_all_forms(site: &Site, request: &ImportTasksRequest) -> Vec<Response<Bytes>> {
    let mut answers = Vec::new();
    for version in [Version::HTTP_11, Version::HTTP_2] {
        for content_type in BINARY {
            answers.push(site.ask(version, import(content_type, framed(request))).await);
        }
        for content_type in TEXT {
            let body = STANDARD.encode(framed(request)).into_bytes();
            let answer = site.ask(version, import(content_type, body)).await;
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/grpc-web-text"));
            answers.push(answer.map(|body| decoded(&body)));
        }
    }
    answers
}

#[tokio::test]
async fn a_call_goes_through_in_each_form() {
    for place in [Place::InProcess, Place::Remote] {
        let site = Site::start_with(place, &[]).await;
        let request = ImportTasksRequest { document: Bytes::from(vec![7; 10_000]), ..Default::default() };
        for answer in in_all_forms(&site, &request).await {
            assert_eq!(answer.status(), StatusCode::OK, "{place:?}: {:?}", answer.headers());
            let frames = frames(answer.into_body());
            let [(0, message), (TRAILERS, trailers)] = &frames[..] else { panic!("{place:?}: {frames:?}") };
            let message = ImportTasksResponse::decode(message.clone()).unwrap();
            assert_eq!(message.created_tasks, 10_000, "{place:?}");
            let trailers = String::from_utf8_lossy(trailers);
            assert!(trailers.to_ascii_lowercase().contains("grpc-status:0"), "{place:?}: {trailers}");
        }
    }
}

#[tokio::test]
async fn an_error_says_what_it_is_in_each_form() {
    for place in [Place::InProcess, Place::Remote] {
        let site = Site::start_with(place, &[]).await;
        let request = ImportTasksRequest { validate_only: true, ..Default::default() };
        for answer in in_all_forms(&site, &request).await {
            assert_eq!(answer.status(), StatusCode::OK, "{place:?}");
            assert_eq!(answer.headers()["grpc-status"], "8", "{place:?}: {:?}", answer.headers());
            assert!(answer.headers().contains_key("grpc-status-details-bin"), "{place:?}");
            assert!(answer.headers().contains_key("x-request-id"), "{place:?}");
            assert!(answer.body().is_empty(), "{place:?}");
        }
    }
}

#[tokio::test]
async fn text_that_is_no_base64_is_a_malformed_message() {
    for place in [Place::InProcess, Place::Remote] {
        let site = Site::start_with(place, &[]).await;
        for body in ["AAAA!AAA", "AAA", "****"] {
            let answer = site.ask(Version::HTTP_11, import(TEXT[0], body.into())).await;
            assert_eq!(answer.headers()["grpc-status"], "3", "{place:?} {body}: {:?}", answer.headers());
        }
    }
}

#[tokio::test]
async fn an_unknown_service_is_unimplemented_for_browsers_too() {
    let site = Site::start().await;
    let request = Request::post("/docket.auth.v1.RevocationService/WatchRevocations")
        .header("content-type", BINARY[0])
        .body(Bytes::from_static(&[0, 0, 0, 0, 0]))
        .unwrap();
    let answer = site.ask(Version::HTTP_11, request).await;
    assert_eq!(answer.headers()["grpc-status"], "12");
    assert_eq!(site.stubs.revocations.calls(), 0);
}
