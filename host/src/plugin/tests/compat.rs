//! Guests of other toolchains: what they import by habit is there when the operator says so, and gives nothing.

use super::super::*;
use super::rogue::{IGNORE, REJECT, Rogue};
use super::{context, engine, ignored, load, on, request};

const COMPAT: Terms = Terms {
    limits: crate::model::terms::Limits {
        memory: crate::model::bounds::PLUGIN_MEMORY_BYTES,
        call_time: crate::model::bounds::PLUGIN_CALL_TIME,
        output: crate::model::bounds::PLUGIN_OUTPUT_BYTES,
    },
    is_compat: true,
};

/// Looks for open folders: rejects when there is one.
fn looking_for_files() -> Vec<u8> {
    let import = r#"(import "wasi:filesystem/preopens@0.2.6" "get-directories" (func $folders (param i32)))"#;
    let receive = format!(
        "(call $folders (i32.const 4096))
         (if (i32.load (i32.const 4100)) (then {REJECT} return)) {IGNORE}"
    );
    let wasi: (&[&str], &str) = (&["wasi:filesystem/preopens@0.2.6"], import);
    Rogue { wasi, receive: &receive, ..Rogue::default() }.build()
}

/// Says sixteen letters, each drawn by itself.
fn drawing() -> Vec<u8> {
    let import = r#"(import "wasi:random/random@0.2.6" "get-random-u64" (func $random (result i64)))"#;
    let receive = "(loop $more
            (i32.store8 (i32.add (i32.const 65536) (local.get $i))
                (i32.add (i32.const 97) (i32.and (i32.wrap_i64 (call $random)) (i32.const 15))))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $more (i32.lt_u (local.get $i) (i32.const 16))))
        (i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 65536))
        (i32.store (i32.const 3080) (i32.const 16)) i32.const 3072";
    Rogue { wasi: (&["wasi:random/random@0.2.6"], import), receive, ..Rogue::default() }.build()
}

#[tokio::test]
async fn without_it_such_a_guest_is_refused_with_a_hint() {
    let engine = engine();
    for (guest, import) in
        [(looking_for_files(), "wasi:filesystem/preopens@0.2.6"), (drawing(), "wasi:random/random@0.2.6")]
    {
        let report = load(&engine, guest).await.unwrap_err().report();
        let refused = report.iter().find(|one| one.what.contains(import)).unwrap();
        assert_eq!(refused.code, "HP102");
        assert!(refused.hint.contains("compat = true"), "{}", refused.hint);
    }
}

#[tokio::test]
async fn no_folder_is_open() {
    let guest = on(&engine(), looking_for_files(), COMPAT).await.unwrap();
    assert_eq!(guest.receive(context(), &request(b"")).await, ignored());
}

#[tokio::test]
async fn random_numbers_are_the_same_in_every_call() {
    let engine = engine();
    let guest = on(&engine, drawing(), COMPAT).await.unwrap();
    let Ok(Verdict::Ignore(first)) = guest.receive(context(), &request(b"")).await else { panic!() };
    assert!(first.bytes().any(|letter| letter != first.as_bytes()[0]), "{first}");
    for _ in 0..3 {
        let other = on(&engine, drawing(), COMPAT).await.unwrap();
        for guest in [&guest, &other] {
            let again = guest.receive(context(), &request(b"")).await;
            assert_eq!(again, Ok(Verdict::Ignore(first.clone())));
        }
    }
}

#[tokio::test]
async fn more_random_numbers_than_a_seed_needs_are_not_drawn() {
    let import = r#"(import "wasi:random/random@0.2.6" "get-random-bytes" (func $random (param i64 i32)))"#;
    let receive = format!("(call $random (i64.const 1000000) (i32.const 4096)) {IGNORE}");
    let wasi: (&[&str], &str) = (&["wasi:random/random@0.2.6"], import);
    let guest = on(&engine(), Rogue { wasi, receive: &receive, ..Rogue::default() }.build(), COMPAT).await;
    let fault = guest.unwrap().receive(context(), &request(b"")).await.unwrap_err();
    assert_eq!(fault.kind(), "trap", "{fault}");
}

#[tokio::test]
async fn a_guest_that_needs_none_of_it_runs_the_same() {
    let guest = on(&engine(), Rogue::default().build(), COMPAT).await.unwrap();
    assert_eq!(guest.receive(context(), &request(b"")).await, ignored());
}
