//! What holds for every gRPC server of Docket, shown on one that only echoes.

mod authentication;
mod bodies;
mod calls;
mod client_addresses;
mod connections;
mod drain;
mod echo;
mod health;
mod idle_connections;
mod open_streams;
mod paths;
mod reasons;
mod source_networks;
mod statuses;
mod streams;
mod trust;
mod wire;
