//! The path of a call: `/package.Service/Method` (gRPC over HTTP/2, Requests), and nothing that only resembles it.
//!
//! Servers and proxies differ in what they make of dot segments, escapes, double slashes and queries. Only where no
//! reading but one is possible do the gateway and the services see the same method.

use http::Uri;

/// The full name of the service that is called: "docket.task.v1.TaskService". `None` where the URI is not exactly the
/// path of a call: names of letters, digits and `_`, a service in a package, one method, and no query.
pub fn called_service(uri: &Uri) -> Option<&str> {
    let (service, method) = uri.path().strip_prefix('/')?.split_once('/')?;
    let is_service = service.contains('.') && service.split('.').all(is_identifier);
    (is_service && is_identifier(method) && uri.query().is_none()).then_some(service)
}

/// A name of the protocol buffers language (its specification, Letters and digits; Identifiers).
fn is_identifier(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_call_names_its_service() {
        for (path, service) in [
            ("/docket.auth.v1.AuthService/SignIn", "docket.auth.v1.AuthService"),
            ("/grpc.health.v1.Health/Check", "grpc.health.v1.Health"),
            ("/a_1.B/c", "a_1.B"),
        ] {
            assert_eq!(called_service(&path.parse().unwrap()), Some(service), "{path}");
        }
    }

    #[test]
    fn a_path_that_only_resembles_one_names_none() {
        for path in [
            "/",
            "*",
            "/a.B",
            "/a.B/",
            "/a.B/C/",
            "/a.B/C/D",
            "/a.B/../C",
            "/a.B/./C",
            "/a.B//C",
            "//a.B/C",
            "/./a.B/C",
            "/a.B/C?",
            "/a.B/C?d=e",
            "/a.B/%43",
            "/a%2EB/C",
            "/a..B/C",
            "/.a.B/C",
            "/a.B./C",
            "/a.B/C.D",
            "/a.B/C-D",
            "/a.B/C;d",
            "/1a.B/C",
            "/a.B/1",
            "/B/C",
            "/tasks/today",
            "/.well-known/jwks.json",
        ] {
            assert_eq!(called_service(&path.parse().unwrap()), None, "{path}");
        }
    }
}
