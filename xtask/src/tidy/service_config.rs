//! `proto/grpc_service_config.json` tells gRPC clients how long to wait and what to try again.
//!
//! The rule holds it against the contracts: every call has a timeout, and a call is tried again where that can't do
//! harm twice and nowhere else. That is a method that only reads (`idempotency_level = NO_SIDE_EFFECTS`), or a write
//! with an id by which the server knows a repetition.

use std::collections::BTreeMap;

use anyhow::Context as _;
use prost_types::{DescriptorProto, FileDescriptorProto, MethodDescriptorProto};
use serde_json::Value;

use super::Violation;
use super::tree::Tree;

const PATH: &str = "proto/grpc_service_config.json";
const MOST_ATTEMPTS: u64 = 4;

/// Every call of the contracts stands in the configuration once, and every call of the configuration in the contracts.
pub(super) fn covers_every_call(tree: &Tree) -> Vec<Violation> {
    let faults = (|| Ok(compare(&calls(tree)?, &entries(tree)?)))();
    let faults = faults.unwrap_or_else(|error: anyhow::Error| vec![format!("{error:#}")]);
    faults.into_iter().map(|what| Violation::of(PATH, what)).collect()
}

fn compare(calls: &BTreeMap<String, Call>, entries: &[(String, Value)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, call) in calls {
        match entries.iter().filter(|(entry, _)| entry == name).collect::<Vec<_>>()[..] {
            [(_, config)] => faults.extend(config_fault(config, *call).map(|fault| format!("{name} {fault}"))),
            [] => faults.push(format!("{name} is missing")),
            _ => faults.push(format!("{name} stands there twice")),
        }
    }
    let unknown = entries.iter().filter(|(name, _)| !calls.contains_key(name));
    faults.extend(unknown.map(|(name, _)| format!("{name} is in no contract")));
    faults
}

fn config_fault(config: &Value, call: Call) -> Option<&'static str> {
    let timeout = config["timeout"].as_str().and_then(|timeout| timeout.strip_suffix('s')?.parse::<f64>().ok());
    if !timeout.is_some_and(|seconds| seconds > 0.0) {
        return Some("has no timeout");
    }
    match (&config["retryPolicy"], call) {
        (Value::Null, Call::Once) => None,
        (Value::Null, Call::Repeatable) => Some("could be tried again, and is not"),
        (_, Call::Once) => Some("is tried again, and might take effect twice"),
        (retry, Call::Repeatable) => {
            let attempts =
                retry["maxAttempts"].as_u64().is_some_and(|attempts| (2..=MOST_ATTEMPTS).contains(&attempts));
            let codes = retry["retryableStatusCodes"] == serde_json::json!(["UNAVAILABLE"]);
            (!attempts || !codes).then_some("is tried again too often, or not upon UNAVAILABLE alone")
        }
    }
}

/// What a second try of a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// Nothing that the first did not.
    Repeatable,
    /// The effect of the first once more.
    Once,
}

/// Every call of the contracts as `package.Service/Method`.
fn calls(tree: &Tree) -> anyhow::Result<BTreeMap<String, Call>> {
    let mut files = Vec::new();
    for (path, text) in tree.ending(&["proto"]).filter(|(path, _)| path.starts_with("proto/docket/")) {
        files.push(protox_parse::parse(path, text).with_context(|| format!("{path} can't be read"))?);
    }
    let messages: BTreeMap<&str, &DescriptorProto> =
        files.iter().flat_map(|file| &file.message_type).map(|message| (message.name(), message)).collect();
    Ok(files.iter().flat_map(|file| calls_of(file, &messages)).collect())
}

fn calls_of<'a>(
    file: &'a FileDescriptorProto,
    messages: &'a BTreeMap<&str, &DescriptorProto>,
) -> impl Iterator<Item = (String, Call)> + 'a {
    let methods = file.service.iter().flat_map(|service| service.method.iter().map(move |method| (service, method)));
    methods.map(|(service, method)| {
        let name = format!("{}.{}/{}", file.package(), service.name(), method.name());
        let input = method.input_type().rsplit('.').next().and_then(|input| messages.get(input));
        let repeatable = only_reads(method) || input.is_some_and(|input| knows_repetitions(input, messages));
        (name, if repeatable { Call::Repeatable } else { Call::Once })
    })
}

/// Whether the contract says so. The parser leaves options as they are written.
fn only_reads(method: &MethodDescriptorProto) -> bool {
    let mut options = method.options.iter().flat_map(|options| &options.uninterpreted_option);
    options.any(|option| {
        let is_level = option.name.iter().map(|part| part.name_part.as_str()).eq(["idempotency_level"]);
        is_level && option.identifier_value() == "NO_SIDE_EFFECTS"
    })
}

/// Whether a request carries an id of its own, or consists of commands that each do.
fn knows_repetitions(message: &DescriptorProto, messages: &BTreeMap<&str, &DescriptorProto>) -> bool {
    message.field.iter().any(|field| match field.name() {
        "request_id" | "command_id" => true,
        "commands" => {
            let command = field.type_name().rsplit('.').next().and_then(|name| messages.get(name));
            command.is_some_and(|command| knows_repetitions(command, messages))
        }
        _ => false,
    })
}

/// Every entry of the configuration, by the call that it is for.
fn entries(tree: &Tree) -> anyhow::Result<Vec<(String, Value)>> {
    let text = tree.text(PATH).context("does not exist")?;
    let config: Value = serde_json::from_str(text).context("is no JSON")?;
    let mut entries = Vec::new();
    for method_config in config["methodConfig"].as_array().context("has no methodConfig")? {
        for name in method_config["name"].as_array().context("has a methodConfig for nothing")? {
            // Without a method it would stand for a whole service, and for calls that nobody thought of yet.
            let (service, method) = (name["service"].as_str(), name["method"].as_str());
            let name = service.zip(method).map(|(service, method)| format!("{service}/{method}"));
            entries.push((name.context("has a name without service or method")?, method_config.clone()));
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTO: &str = r#"
        syntax = "proto3";
        package docket.a.v1;
        service A {
            rpc FindA(FindARequest) returns (GetAResponse) {
                option (docket.options.v1.credential) = CREDENTIAL_NONE;
                option idempotency_level = NO_SIDE_EFFECTS;
            }
            rpc MakeA(MakeARequest) returns (GetAResponse);
            rpc ApplyA(ApplyARequest) returns (GetAResponse);
            rpc DropA(DropARequest) returns (GetAResponse) {
                option idempotency_level = IDEMPOTENCY_UNKNOWN;
            }
        }
        message FindARequest {}
        message GetAResponse {}
        message MakeARequest { string request_id = 1; }
        message ApplyARequest { repeated Command commands = 1; }
        message Command { string command_id = 1; }
        message DropARequest { string id = 1; }
    "#;
    const RETRY: &str = r#", "retryPolicy": {"maxAttempts": 4, "retryableStatusCodes": ["UNAVAILABLE"]}"#;

    fn entry(methods: &[&str], timeout: &str, retry: &str) -> String {
        let names: Vec<_> =
            methods.iter().map(|method| format!(r#"{{"service": "docket.a.v1.A", "method": "{method}"}}"#)).collect();
        format!(r#"{{"name": [{}], "timeout": "{timeout}"{retry}}}"#, names.join(","))
    }

    fn found(entries: &[String]) -> Vec<String> {
        let config = format!(r#"{{"methodConfig": [{}]}}"#, entries.join(","));
        let violations = covers_every_call(&Tree::of(&[("proto/docket/a/v1/a.proto", PROTO), (PATH, &config)]));
        violations.into_iter().map(|violation| violation.what).collect()
    }

    #[test]
    fn reads_and_writes_with_an_id_are_tried_again_and_others_are_not() {
        let good = [entry(&["FindA", "MakeA", "ApplyA"], "10s", RETRY), entry(&["DropA"], "10s", "")];
        assert!(found(&good).is_empty(), "{:?}", found(&good));
        let swapped = [entry(&["FindA", "MakeA", "ApplyA"], "10s", ""), entry(&["DropA"], "10s", RETRY)];
        assert_eq!(
            found(&swapped),
            [
                "docket.a.v1.A/ApplyA could be tried again, and is not",
                "docket.a.v1.A/DropA is tried again, and might take effect twice",
                "docket.a.v1.A/FindA could be tried again, and is not",
                "docket.a.v1.A/MakeA could be tried again, and is not",
            ]
        );
    }

    #[test]
    fn a_missing_a_double_and_an_unknown_call_are_found() {
        let entries = [entry(&["FindA", "MakeA", "MakeA", "SellA"], "10s", RETRY), entry(&["DropA"], "10s", "")];
        assert_eq!(
            found(&entries),
            [
                "docket.a.v1.A/ApplyA is missing",
                "docket.a.v1.A/MakeA stands there twice",
                "docket.a.v1.A/SellA is in no contract",
            ]
        );
    }

    #[test]
    fn a_call_without_timeout_or_with_too_many_tries_is_found() {
        let codes = r#", "retryPolicy": {"maxAttempts": 4, "retryableStatusCodes": ["UNAVAILABLE", "ABORTED"]}"#;
        let entries = [
            entry(&["FindA"], "0s", RETRY),
            entry(&["MakeA"], "10s", &RETRY.replace('4', "5")),
            entry(&["ApplyA"], "10s", codes),
            entry(&["DropA"], "soon", ""),
        ];
        assert_eq!(
            found(&entries),
            [
                "docket.a.v1.A/ApplyA is tried again too often, or not upon UNAVAILABLE alone",
                "docket.a.v1.A/DropA has no timeout",
                "docket.a.v1.A/FindA has no timeout",
                "docket.a.v1.A/MakeA is tried again too often, or not upon UNAVAILABLE alone",
            ]
        );
    }

    #[test]
    fn an_entry_for_a_whole_service_is_refused() {
        let entries = [r#"{"name": [{"service": "docket.a.v1.A"}], "timeout": "10s"}"#.to_owned()];
        assert_eq!(found(&entries), ["has a name without service or method"]);
    }

    #[test]
    fn a_configuration_that_is_not_there_is_found() {
        assert_eq!(covers_every_call(&Tree::of(&[]))[0].to_string(), format!("{PATH}: does not exist"));
    }
}
