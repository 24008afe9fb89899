//! Compares every verdict with published and derived signatures of 73 record forms, where those are at hand.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::model::recipe::*;
use crate::model::secret::Secret;

#[test]
fn every_known_record_loads_and_every_known_request_gets_its_verdict() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let (Some(specs), Some(vectors)) = (
        read(folder.join("signatures/specs.json"), "specs"),
        read(folder.join("signatures/vectors.json"), "vectors"),
    ) else {
        eprintln!("skipped: no signature vectors in {}", folder.display());
        return;
    };
    for (name, spec) in specs.as_object().unwrap() {
        assert_eq!(check_recipe(&recipe(spec)), Ok(()), "{name}");
    }
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() >= 81, "{}", vectors.len());
    for vector in vectors {
        let body = match vector["body_file"].as_str() {
            Some(file) => fs::read(folder.join("fixtures/other").join(file)).unwrap(),
            None => text(&vector["body"]).into_bytes(),
        };
        let verdict = verdict(&specs[text(&vector["spec"])], vector, body);
        let valid = vector["valid"].as_bool().unwrap();
        assert_eq!(verdict.is_ok(), valid, "{} {}: {verdict:?}", vector["spec"], vector["name"]);
    }
}

pub(super) fn read(path: PathBuf, key: &str) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_json::from_str::<Value>(&text).unwrap()[key].take())
}

fn verdict(spec: &Value, vector: &Value, body: Vec<u8>) -> Result<Verified, Refusal> {
    let url = text(&vector["url"]);
    let (address, raw_query) = url.split_once('?').unwrap_or((&url, ""));
    let headers = vector["headers"].as_object().unwrap();
    let request = Request {
        method: text(&vector["method"]),
        path: String::new(),
        raw_query: raw_query.into(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        headers: headers.iter().map(|(name, value)| (name.to_lowercase(), text(value))).collect(),
        body,
    };
    let active: Vec<Secret> =
        vector["secrets"].as_array().unwrap().iter().map(|s| Secret::new(text(s))).collect();
    let secrets = [("secret".to_owned(), active)].into_iter().collect();
    // Only records without a timestamp have requests without a time.
    let now = Time(vector["now"].as_u64().unwrap_or(0) * 1_000);
    verify(&[recipe(spec)], &secrets, Some(address), request, now)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

pub(super) fn recipe(spec: &Value) -> Recipe {
    let places = match &spec["sig"]["at"] {
        Value::Array(places) => places.iter().map(locator).collect(),
        place => vec![locator(place)],
    };
    Recipe {
        scheme: scheme(spec),
        secret: "secret".into(),
        key: match spec["key"].as_str() {
            None | Some("utf8") => KeyEncoding::Utf8,
            Some("hex") => KeyEncoding::Hex,
            Some("base64") => KeyEncoding::Base64,
            Some("base64_whsec") => KeyEncoding::Whsec,
            Some("base64_whpk") => KeyEncoding::Whpk,
            Some("spki_b64") => KeyEncoding::SpkiBase64,
            Some(other) => panic!("key {other}"),
        },
        signature: Signature {
            at: places,
            format: format(&spec["sig"]["parse"]),
            encoding: match spec["sig"]["enc"].as_str() {
                None | Some("base64") => Encoding::Base64,
                Some("hex") => Encoding::Hex,
                Some("base64url") => Encoding::Base64Url,
                Some(other) => panic!("encoding {other}"),
            },
            max: 8,
        },
        signed: spec["signed"].as_array().into_iter().flatten().map(part).collect(),
        timestamp: spec.get("timestamp").map(|rule| Timestamp {
            at: locator(&rule["at"]),
            format: match text(&rule["format"]).as_str() {
                "unix_s" => TimeFormat::UnixS,
                "unix_ms" => TimeFormat::UnixMs,
                "rfc3339" => TimeFormat::Rfc3339,
                other => panic!("time {other}"),
            },
            tolerance_s: u32::try_from(rule["tolerance_s"].as_u64().unwrap()).unwrap(),
        }),
        delivery: spec.get("id_at").map(locator),
        body_sha256_query: spec.get("require_query_body_sha256").map(text),
    }
}

fn scheme(spec: &Value) -> Scheme {
    let hash = || match text(&spec["hash"]).as_str() {
        "sha1" => Hash::Sha1,
        "sha256" => Hash::Sha256,
        "sha384" => Hash::Sha384,
        "sha512" => Hash::Sha512,
        other => panic!("hash {other}"),
    };
    match text(&spec["scheme"]).as_str() {
        "token" => Scheme::Token,
        "basic" => Scheme::Basic,
        "hmac" => Scheme::Hmac(hash()),
        "digest" => Scheme::Digest(hash()),
        "ed25519" => Scheme::Ed25519,
        "ecdsa_p256_sha256" => Scheme::EcdsaP256Sha256,
        other => panic!("scheme {other}"),
    }
}

fn format(parse: &Value) -> SignatureFormat {
    let pairs =
        |list: &Value| Pairs { separator: text(&list[0]), equals: text(&list[1]), label: text(&list[2]) };
    match parse.as_object().and_then(|map| map.iter().next()) {
        None => SignatureFormat::Raw,
        Some((kind, of)) => match kind.as_str() {
            "prefix" => SignatureFormat::Prefix(text(of)),
            "kv" => SignatureFormat::Pairs(pairs(of)),
            "versioned" => SignatureFormat::Versioned(pairs(of)),
            other => panic!("format {other}"),
        },
    }
}

fn locator(place: &Value) -> Locator {
    let (kind, name) = place.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "header" => Locator::Header(text(name)),
        "query" => Locator::Query(text(name)),
        "json" => Locator::Json(text(name)),
        "sig_field" => Locator::SignatureField(text(name)),
        other => panic!("place {other}"),
    }
}

fn part(part: &Value) -> Part {
    let (kind, of) = part.as_object().unwrap().iter().next().unwrap();
    let atom = |atom: &Value| match atom.get("secret") {
        Some(_) => Atom::Secret,
        None => Atom::Value(locator(atom)),
    };
    match kind.as_str() {
        "lit" => Part::Text(text(of)),
        "secret" => Part::Secret,
        "method" => Part::Method,
        "body" if of == "raw_or_escaped_unicode" => Part::Body(BodyForm::RawOrEscaped),
        "body" => Part::Body(BodyForm::Raw),
        "url" => Part::Url(match text(of).as_str() {
            "configured" => UrlForm::Configured,
            "no_query" => UrlForm::WithoutQuery,
            "with_port_variants" => UrlForm::PortVariants,
            "hubspot_decoded" => UrlForm::HubspotDecoded,
            other => panic!("url {other}"),
        }),
        "form_sorted" => Part::FormSorted,
        "sorted" => Part::Sorted(of.as_array().unwrap().iter().map(atom).collect()),
        "join" => Part::Joined(Joined {
            separator: text(&of[0]),
            values: of[1].as_array().unwrap().iter().map(locator).collect(),
        }),
        _ => Part::Value(locator(part)),
    }
}
