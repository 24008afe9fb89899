//! Reads a request that somebody recorded: its first line, its headers, an empty line, its body.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::model::bounds;
use crate::model::http::{Field, Request};

/// A request, and the address that its first line names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    /// As far as a provider's path is known, below it: here, the whole path.
    pub(super) request: Request,
    /// `https://host`, where the first line has it.
    pub(super) origin: Option<String>,
}

/// Reads a file of at most the largest body and its head.
pub(super) fn read(file: &Path) -> io::Result<Vec<u8>> {
    let most = bounds::BODY_BYTES_MAX as u64 + bounds::CONFIG_FILE_BYTES;
    let mut bytes = Vec::new();
    File::open(file)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any delivery"));
    }
    Ok(bytes)
}

/// Takes a recorded request apart. Lines of the head end in LF or CRLF; what follows the empty line is the
/// body, byte for byte.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<Recorded, String> {
    let (mut lines, mut rest) = (Vec::new(), bytes);
    loop {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
            // No empty line: a request without a body.
            lines.push(rest);
            rest = &[];
            break;
        };
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let (first, headers) = lines.split_first().ok_or("the request begins with an empty line")?;
    let first = std::str::from_utf8(first).map_err(|_| "the first line is not text")?;
    let (method, target) = method_and_target(first)?;
    let (origin, path, raw_query) = take_apart(target)?;
    let headers = headers.iter().filter(|line| !line.is_empty()).map(|line| header(line));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        raw_query: raw_query.to_owned(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        headers: headers.collect::<Result<_, _>>()?,
        body: rest.to_vec(),
    };
    Ok(Recorded { request, origin: origin.map(str::to_owned) })
}

fn method_and_target(line: &str) -> Result<(&str, &str), String> {
    let mut words = line.split_ascii_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(method), Some(target), version, None)
            if version.is_none_or(|version| version.starts_with("HTTP/")) =>
        {
            Ok((method, target))
        }
        _ => Err("the first line is not of the form: POST /path HTTP/1.1".into()),
    }
}

/// The origin, the path and the query of a target.
fn take_apart(target: &str) -> Result<(Option<&str>, &str, &str), String> {
    let (address, query) = target.split_once('?').unwrap_or((target, ""));
    if address.starts_with('/') {
        return Ok((None, address, query));
    }
    let after_scheme = address.find("://").map(|at| at + 3);
    let after_scheme = after_scheme.ok_or("the first line names neither a path nor an address")?;
    let end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
    Ok((Some(&address[..end]), &address[end..], query))
}

fn header(line: &[u8]) -> Result<Field, String> {
    let text = String::from_utf8_lossy(line);
    match text.split_once(':') {
        Some((name, value)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
            Ok((name.to_lowercase(), value.trim_matches([' ', '\t']).to_owned()))
        }
        _ => Err("a line above the empty one is not of the form: Name: value".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_taken_apart_and_its_body_stays_as_it_is() {
        let expected = Recorded {
            request: Request {
                method: "POST".into(),
                path: "/w/x".into(),
                raw_query: "a=1%20&b".into(),
                query: vec![("a".into(), "1 ".into()), ("b".into(), String::new())],
                headers: vec![("x-a".into(), "1: 2".into()), ("x-b".into(), String::new())],
                body: b"\r\nbody\n\nmore\n".to_vec(),
            },
            origin: None,
        };
        let lf = b"POST /w/x?a=1%20&b HTTP/1.1\nX-A: \t1: 2 \nx-b:\n\n\r\nbody\n\nmore\n";
        let crlf = b"POST /w/x?a=1%20&b HTTP/1.1\r\nX-A:1: 2\r\nx-b:\r\n\r\n\r\nbody\n\nmore\n";
        assert_eq!(parse(lf).as_ref(), Ok(&expected));
        assert_eq!(parse(crlf).as_ref(), Ok(&expected));
        let with_origin = Recorded { origin: Some("https://h:8".into()), ..expected };
        let absolute = b"POST https://h:8/w/x?a=1%20&b HTTP/1.1\nx-a: 1: 2\nx-b:\n\n\r\nbody\n\nmore\n";
        assert_eq!(parse(absolute), Ok(with_origin));
    }

    #[test]
    fn a_request_may_have_no_headers_and_no_body() {
        for text in ["GET /a", "GET /a\n", "GET /a HTTP/1.1\r\n\r\n"] {
            let Recorded { request, .. } = parse(text.as_bytes()).unwrap();
            assert_eq!((&*request.method, &*request.path, request.body.len()), ("GET", "/a", 0), "{text}");
            assert_eq!(request.headers, [], "{text}");
        }
        let bare = parse(b"GET https://h").unwrap();
        assert_eq!((bare.origin.as_deref(), &*bare.request.path), (Some("https://h"), ""));
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_place() {
        for (text, expected) in [
            ("", "first line"),
            ("\nPOST / HTTP/1.1", "empty line"),
            ("POST", "first line"),
            ("POST / FTP/1.1", "first line"),
            ("POST / HTTP/1.1 x", "first line"),
            ("POST path HTTP/1.1", "neither a path nor an address"),
            ("POST / HTTP/1.1\nx-a 1\n\n", "Name: value"),
            ("POST / HTTP/1.1\n x-a: 1\n\n", "Name: value"),
        ] {
            assert!(parse(text.as_bytes()).unwrap_err().contains(expected), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, head in "(POST|GET) [/a-z:?]{0,9}( HTTP/1.1)?\r?\n[a-z:\r\n]{0,9}") {
            let _ = parse(&bytes);
            let _ = parse(&[head.as_bytes(), &bytes].concat());
        }
    }
}
