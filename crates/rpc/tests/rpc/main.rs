//! What holds for every gRPC server of Docket, shown on one that only echoes.

mod authentication;
mod bodies;
mod calls;
mod client_addresses;
mod connections;
mod drain;
mod echo;
mod health;
mod paths;
mod open_streams;
mod reasons;
mod statuses;
mod streams;
mod trust;
mod wire;
