//! `NAME.request.http`: a request as it came, its body to the byte.

use crate::model::http::{Field, Request};

/// Where hosts take deliveries in; the provider's name follows.
const WEBHOOKS: &str = "/webhooks/";

/// Reads a request: its line, its headers, an empty line; everything after that is the body. Lines may end
/// as HTTP has it or as editors write them.
///
/// # Errors
/// A sentence that says what is missing.
pub(super) fn read(bytes: &[u8]) -> Result<Request, String> {
    let (head, body) = split(bytes);
    let head = std::str::from_utf8(head).map_err(|_| "its head is not UTF-8")?;
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default();
    let (method, target) = match line.split(' ').collect::<Vec<_>>()[..] {
        [method, target, version] if version.starts_with("HTTP/1.") && target.starts_with('/') => {
            (method, target)
        }
        _ => return Err(format!("its first line is {line:?}, not like \"POST /webhooks/my-crm HTTP/1.1\"")),
    };
    let headers = lines.map(header).collect::<Result<Vec<_>, _>>()?;
    let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request {
        method: method.to_ascii_uppercase(),
        path: below(path).into(),
        raw_query: raw_query.into(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        body: sized(body, &headers)?.to_vec(),
        headers,
    })
}

/// At the first empty line; without one everything is the head.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    while let Some(length) = bytes[start..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[start..start + length];
        if line.is_empty() || line == b"\r" {
            return (&bytes[..start], &bytes[start + length + 1..]);
        }
        start += length + 1;
    }
    (bytes, &[])
}

fn header(line: &str) -> Result<Field, String> {
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        }
        _ => Err(format!("{line:?} is no header; write it like \"content-type: application/json\"")),
    }
}

/// What a host gives a plugin of a path: what follows the provider's own.
fn below(path: &str) -> &str {
    match path.strip_prefix(WEBHOOKS) {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None if path == "/" => "",
        None => path,
    }
}

/// A `content-length` tells the body from the line end that many editors add to a file.
fn sized<'a>(body: &'a [u8], headers: &[Field]) -> Result<&'a [u8], String> {
    let stated = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value);
    let Some(stated) = stated else { return Ok(body) };
    match stated.parse::<usize>() {
        Ok(length) if length <= body.len() && body[length..].trim_ascii().is_empty() => Ok(&body[..length]),
        _ => Err(format!("its content-length is {stated}, but {} bytes follow its head", body.len())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_is_read_as_a_host_reads_it() {
        let request =
            read(b"post /webhooks/my-crm/sub?a=1%202&b HTTP/1.1\r\nX-A: 1\r\nX-A:2\r\n\r\n{\"a\": 1}\n")
                .unwrap();
        let fields = |fields: &[(&str, &str)]| {
            fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        let expected = Request {
            method: "POST".into(),
            path: "/sub".into(),
            raw_query: "a=1%202&b".into(),
            query: fields(&[("a", "1 2"), ("b", "")]),
            headers: fields(&[("x-a", "1"), ("x-a", "2")]),
            body: b"{\"a\": 1}\n".to_vec(),
        };
        assert_eq!(request, expected);
    }

    #[test]
    fn what_follows_the_provider_s_path_is_the_path() {
        for (path, expected) in [
            ("/webhooks/x", ""),
            ("/webhooks/x/", "/"),
            ("/webhooks/x/a/b", "/a/b"),
            ("/", ""),
            ("/hook", "/hook"),
        ] {
            let request = read(format!("GET {path} HTTP/1.1\n\n").as_bytes()).unwrap();
            assert_eq!((request.path.as_str(), request.body.as_slice()), (expected, &b""[..]), "{path}");
        }
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        for (length, body, expected) in [
            ("2", "{}\n", Ok("{}")),
            ("3", "{}\n", Ok("{}\n")),
            ("1", "{}\n", Err("its content-length is 1, but 3 bytes follow its head")),
            ("9", "{}\n", Err("its content-length is 9, but 3 bytes follow its head")),
            ("x", "", Err("its content-length is x, but 0 bytes follow its head")),
        ] {
            let read = read(format!("POST / HTTP/1.1\ncontent-length: {length}\n\n{body}").as_bytes());
            let expected = expected.map(|body| body.as_bytes().to_vec()).map_err(str::to_owned);
            assert_eq!(read.map(|request| request.body), expected);
        }
    }

    #[test]
    fn what_is_no_request_is_told() {
        for (text, expected) in [
            ("", "its first line is \"\""),
            ("{}", "its first line is \"{}\""),
            ("POST /", "its first line is"),
            ("POST http://x/ HTTP/1.1\n\n", "its first line is"),
            ("POST / HTTP/1.1\nwrong\n\n", "\"wrong\" is no header"),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_body_is_kept_to_the_byte(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let file = [b"POST / HTTP/1.1\r\na: b\r\n\r\n".as_slice(), &body].concat();
            prop_assert_eq!(read(&file).unwrap().body, body);
        }
    }
}
