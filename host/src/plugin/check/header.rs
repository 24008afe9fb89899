//! Which headers a plugin may set.

use crate::model::http::{Field, is_reserved_header};

/// Whether HTTP can carry these headers and none of them is the host's.
pub(super) fn headers(headers: &[Field]) -> Result<(), String> {
    for (name, value) in headers {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("{name:?} is not the name of a header"));
        }
        if is_reserved_header(name) {
            return Err(format!("the header {name} is the host's"));
        }
        if value.chars().any(|c| c.is_control() && c != '\t') {
            return Err(format!("the header {name} contains control characters"));
        }
    }
    Ok(())
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_are_safe_and_not_the_host_s_pass() {
        for (name, value, good) in [
            ("content-type", "application/json; charset=utf-8", true),
            ("X-Trace", "a\tb", true),
            ("X-Name", "Jürgen", true),
            ("", "x", false),
            ("x y", "x", false),
            ("x:", "x", false),
            ("x-a", "b\r\nset-cookie: c", false),
            ("x-a", "b\0", false),
            ("Content-Length", "0", false),
            ("transfer-encoding", "chunked", false),
            ("Set-Cookie", "a=b", false),
            ("Host", "evil.example", false),
            ("AUTHORIZATION", "Bearer x", false),
        ] {
            assert_eq!(headers(&[(name.into(), value.into())]).is_ok(), good, "{name}: {value:?}");
        }
    }
}
