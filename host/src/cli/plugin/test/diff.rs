//! Shows where two texts differ, line by line.

/// Lines that are shown around a difference.
const AROUND: usize = 3;
/// Lines that are compared with each other at most; beyond that, what differs is shown as one block.
const COMPARED: usize = 4_000_000;
/// Lines that are shown at most: more help nobody.
const SHOWN: usize = 200;

/// What has to change in `expected` to become `found`: lines with `-` are expected only, lines with `+` found
/// only. Empty when the two are the same.
pub(super) fn diff(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let lines = compare(&old, &new);
    let is_near = |at: usize| {
        let near = at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len());
        lines[near].iter().any(|(mark, _)| *mark != ' ')
    };
    let mut text = String::new();
    let (mut shown, mut skipped) = (0, false);
    for (at, (mark, line)) in lines.iter().enumerate() {
        if !is_near(at) {
            skipped = true;
            continue;
        }
        if shown == SHOWN {
            text.push_str("  ... and more\n");
            break;
        }
        if std::mem::take(&mut skipped) {
            text.push_str("  ...\n");
        }
        text.push_str(&format!("{mark} {line}\n"));
        shown += 1;
    }
    text
}

/// All lines of both, each once where they agree.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(new));
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = same(&mut old_rest.iter().rev().zip(new_rest.iter().rev()));
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lines: Vec<(char, &str)> = old[..head].iter().map(|line| (' ', *line)).collect();
    lines.extend(middle(old_middle, new_middle));
    lines.extend(old[old.len() - tail..].iter().map(|line| (' ', *line)));
    lines
}

/// By the longest common subsequence.
fn middle<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    if old.len().saturating_mul(new.len()) > COMPARED {
        let removed = old.iter().map(|line| ('-', *line));
        return removed.chain(new.iter().map(|line| ('+', *line))).collect();
    }
    let width = new.len() + 1;
    // How many lines the rests of both have in common, from each pair of lines on.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            lines.push(('-', old[i]));
            i += 1;
        } else {
            lines.push(('+', new[j]));
            j += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_difference_is_shown_with_what_stands_around_it() {
        for (expected, found, shown) in [
            ("a\nb\n", "a\nb\n", ""),
            ("a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n"),
            ("", "a\n", "+ a\n"),
            ("a\nb\n", "b\n", "- a\n  b\n"),
            ("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\n7\n", "  ...\n  3\n  4\n  5\n- 6\n+ 7\n"),
        ] {
            assert_eq!(diff(expected, found), shown, "{expected:?} {found:?}");
        }
    }

    #[test]
    fn a_great_difference_is_cut_short() {
        let text = |from: u32| (from..from + 3_000).map(|n| format!("{n}\n")).collect::<String>();
        let shown = diff(&text(0), &text(10_000));
        assert_eq!(shown.lines().count(), SHOWN + 1);
        assert!(shown.ends_with("... and more\n"));
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(
            old in proptest::collection::vec("[ab]", 0..12),
            new in proptest::collection::vec("[ab]", 0..12),
        ) {
            let (old, new): (Vec<&str>, Vec<&str>) =
                (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let lines = compare(&old, &new);
            let without = |mark: char| lines.iter().filter(|line| line.0 != mark).map(|line| line.1).collect::<Vec<_>>();
            prop_assert_eq!(without('+'), old);
            prop_assert_eq!(without('-'), new);
        }
    }
}
