//! Cuts a long text into pieces that fit into messages.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

/// Pieces of at most `limit` UTF-16 units that together are the text. None of them is empty.
///
/// No piece ends inside what a reader sees as one character (a grapheme cluster), unless that one alone is
/// longer than the limit; then none ends inside a Unicode scalar value. Where the last quarter of a piece
/// holds the end of a paragraph, a line, a sentence or a word, the piece ends there: at the last one of the
/// strongest kind.
///
/// The limit is at least 2, what one scalar value may take; a smaller one counts as 2.
pub fn pieces(text: &str, limit: usize) -> Vec<&str> {
    let limit = limit.max(2);
    let mut pieces = Vec::new();
    let mut piece = Piece::at(0);
    let mut before = "";
    for (at, grapheme) in text.grapheme_indices(true) {
        let units = utf16_units(grapheme);
        // Twice at most: what is left behind the best place may still be too much beside a long grapheme.
        while piece.units > 0 && piece.units + units > limit {
            piece = piece.cut(text, at, &mut pieces);
        }
        if units > limit {
            piece = cut_grapheme(text, at, grapheme, limit, &mut pieces);
        } else {
            piece.units += units;
            piece.offer(Break::after(before, grapheme), at + grapheme.len(), limit);
        }
        before = grapheme;
    }
    piece.cut_all(text, text.len(), &mut pieces);
    pieces
}

/// The same, and no piece ends inside one of the parts that are to stay `whole` (ranges of bytes) either: a
/// link, a word in bold, a block of code. One that alone is longer than the limit is cut like other text.
pub fn pieces_around<'a>(text: &'a str, limit: usize, whole: &[Range<usize>]) -> Vec<&'a str> {
    let limit = limit.max(2);
    let whole: Vec<_> = whole.iter().filter_map(|part| keepable(text, part, limit)).collect();
    let mut found = Vec::new();
    let mut start = 0;
    while start < text.len() {
        // The first piece depends on nothing behind it.
        let window = &text[start..start + prefix_bytes(&text[start..], 2 * limit)];
        let Some(first) = pieces(window, limit).first().copied() else { break };
        let mut end = start + first.len();
        if end < text.len() {
            end = outside(&whole, start, end);
            // A part that begins here may go on behind the best place to cut.
            let begun = whole.iter().filter(|part| part.start <= start && end < part.end);
            let fitting = begun.map(|part| part.end).filter(|&to| utf16_units(&text[start..to]) <= limit);
            if let Some(longer) = fitting.max() {
                end = end.max(outside(&whole, start, longer));
            }
        }
        found.push(&text[start..end]);
        start = end;
    }
    found
}

/// The last place up to `end` that lies in no part which begins behind `start`.
fn outside(whole: &[Range<usize>], start: usize, mut end: usize) -> usize {
    let is_inside = |end: usize| move |part: &&Range<usize>| part.start < end && end < part.end;
    while let Some(part) = whole.iter().filter(|part| part.start > start).find(is_inside(end)) {
        end = part.start;
    }
    end
}

/// The part, begun where a reader sees a character begin, if it fits into a piece.
fn keepable(text: &str, part: &Range<usize>, limit: usize) -> Option<Range<usize>> {
    if utf16_units(text.get(part.clone())?) > limit {
        return None;
    }
    let mut cursor = GraphemeCursor::new(part.start, text.len(), true);
    let start = match cursor.is_boundary(text, 0) {
        Ok(true) => part.start,
        _ => cursor.prev_boundary(text, 0).ok().flatten()?,
    };
    Some(start..part.end)
}

/// How many bytes the first so many UTF-16 units of a text take, in whole scalar values.
fn prefix_bytes(text: &str, limit: usize) -> usize {
    let mut units = 0;
    let beyond = |&(_, c): &(usize, char)| {
        units += c.len_utf16();
        units > limit
    };
    text.char_indices().find(beyond).map_or(text.len(), |(at, _)| at)
}

/// The [`pieces`] that can be sent: those with something to see. Providers refuse a message of nothing but
/// white space, so such a piece is left out; the other pieces keep their own white space.
pub fn sendable(text: &str, limit: usize) -> Vec<&str> {
    pieces(text, limit).into_iter().filter(|piece| !is_blank(piece)).collect()
}

/// How long a text is in UTF-16 units, which is what messengers count.
pub fn utf16_units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Whether there is nothing to see: only white space, control characters and characters without width.
pub fn is_blank(text: &str) -> bool {
    let invisible =
        |c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.chars().all(|c| c.is_whitespace() || c.is_control() || invisible(c))
}

/// Where a text may be cut, the better place last.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Break {
    Word,
    Sentence,
    Line,
    Paragraph,
}

impl Break {
    /// What ends after this grapheme, of which `before` is the one before it.
    fn after(before: &str, grapheme: &str) -> Option<Self> {
        let is_sentence_end = |text: &str| text.ends_with(['.', '!', '?', '…', '。', '！', '？']);
        if grapheme.ends_with('\n') {
            return Some(if before.ends_with('\n') { Self::Paragraph } else { Self::Line });
        }
        if grapheme.chars().all(char::is_whitespace) {
            return Some(if is_sentence_end(before) { Self::Sentence } else { Self::Word });
        }
        grapheme.ends_with(['。', '！', '？']).then_some(Self::Sentence)
    }
}

/// A piece that still grows.
struct Piece {
    start: usize,
    units: usize,
    /// The best place to cut in the last quarter so far: its kind, the byte behind it, the units up to it.
    best: Option<(Break, usize, usize)>,
}

impl Piece {
    fn at(start: usize) -> Self {
        Self { start, units: 0, best: None }
    }

    /// Notes a place to cut, if it lies in the last quarter and is as good as the one so far.
    fn offer(&mut self, kind: Option<Break>, end: usize, limit: usize) {
        let Some(kind) = kind else { return };
        let is_late = self.units >= limit - limit / 4;
        if is_late && self.best.is_none_or(|(best, ..)| kind >= best) {
            self.best = Some((kind, end, self.units));
        }
    }

    /// Ends this piece at the best place, or at `at` where there is none; gives the piece that goes on. The
    /// rest that it takes over is shorter than a quarter, so no place in it could be a best one.
    fn cut<'a>(self, text: &'a str, at: usize, pieces: &mut Vec<&'a str>) -> Self {
        match self.best {
            Some((_, end, units)) => {
                pieces.push(&text[self.start..end]);
                Self { units: self.units - units, ..Self::at(end) }
            }
            None => self.cut_all(text, at, pieces),
        }
    }

    /// Ends this piece at `at`, if there is anything in it.
    fn cut_all<'a>(self, text: &'a str, at: usize, pieces: &mut Vec<&'a str>) -> Self {
        if self.start < at {
            pieces.push(&text[self.start..at]);
        }
        Self::at(at)
    }
}

/// Cuts one grapheme that is longer than a piece between its scalar values; gives its last part.
fn cut_grapheme<'a>(
    text: &'a str,
    start: usize,
    grapheme: &str,
    limit: usize,
    pieces: &mut Vec<&'a str>,
) -> Piece {
    let mut piece = Piece::at(start);
    for (offset, c) in grapheme.char_indices() {
        if piece.units + c.len_utf16() > limit {
            piece = piece.cut_all(text, start + offset, pieces);
        }
        piece.units += c.len_utf16();
    }
    piece
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_at_the_best_place_of_the_last_quarter() {
        for (text, limit, expected) in [
            ("", 8, vec![]),
            ("short", 8, vec!["short"]),
            ("exactly8", 8, vec!["exactly8"]),
            ("no-space-here", 8, vec!["no-space", "-here"]),
            ("abcdef gh", 8, vec!["abcdef ", "gh"]),
            ("ab cdefghij", 8, vec!["ab cdefg", "hij"]),
            ("abcdefghij k\nl mnopqr", 16, vec!["abcdefghij k\n", "l mnopqr"]),
            ("abcdefghi.\n\nk\nl mnop", 16, vec!["abcdefghi.\n\n", "k\nl mnop"]),
            ("abcdefghij. k l mnop", 16, vec!["abcdefghij. ", "k l mnop"]),
            ("一二三四五六。七八九", 8, vec!["一二三四五六。", "七八九"]),
        ] {
            assert_eq!(pieces(text, limit), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_one_character_for_a_reader_stays_whole() {
        for (text, limit, expected) in [
            ("abc😆", 4, vec!["abc", "😆"]),
            ("ab👩‍👩‍👧", 8, vec!["ab", "👩‍👩‍👧"]),
            ("abc🇩🇪🇫🇷", 8, vec!["abc🇩🇪", "🇫🇷"]),
            ("abce\u{301}", 4, vec!["abc", "e\u{301}"]),
            ("abc\r\nd", 4, vec!["abc", "\r\nd"]),
            ("abcdef .👩‍👩‍👧", 8, vec!["abcdef ", ".", "👩‍👩‍👧"]),
        ] {
            assert_eq!(pieces(text, limit), expected, "{text:?}");
        }
    }

    #[test]
    fn a_single_character_beyond_the_limit_is_cut_between_scalar_values() {
        for (text, limit, expected) in
            [("x👩‍👩‍👧y", 4, vec!["x", "👩\u{200d}", "👩\u{200d}", "👧y"]), ("😆😆", 1, vec!["😆", "😆"])]
        {
            assert_eq!(pieces(text, limit), expected, "{text:?}");
        }
    }

    #[test]
    fn a_blank_piece_is_not_sent() {
        for (text, expected) in [
            ("ab  ", vec!["ab  "]),
            ("ab\n\n        ", vec!["ab\n\n  "]),
            ("        ab", vec!["  ab"]),
            (" \u{200b}\n", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(sendable(text, 6), expected, "{text:?}");
        }
    }

    #[test]
    fn a_part_that_fits_stays_whole() {
        for (text, whole, expected) in [
            ("ab cdefgh", vec![], vec!["ab cdefg", "h"]),
            ("ab cdefgh", vec![(3, 9)], vec!["ab ", "cdefgh"]),
            ("ab cdefgh", vec![(0, 9)], vec!["ab cdefg", "h"]),
            ("ab cdefgh", vec![(0, 9), (6, 9)], vec!["ab cde", "fgh"]),
            ("abcdef ghi", vec![(5, 9), (2, 8)], vec!["ab", "cdef ghi"]),
            ("abcde\u{301}fgh", vec![(5, 10)], vec!["abcd", "e\u{301}fgh"]),
            ("ab", vec![(0, 2)], vec!["ab"]),
            ("\nabcdef gh", vec![(1, 9)], vec!["\n", "abcdef g", "h"]),
            ("ab cdefgh", vec![(3, 99)], vec!["ab cdefg", "h"]),
        ] {
            let whole: Vec<_> = whole.into_iter().map(|(start, end)| start..end).collect();
            assert_eq!(pieces_around(text, 8, &whole), expected, "{text:?} {whole:?}");
        }
    }

    proptest! {
        #[test]
        fn parts_that_fit_are_cut_nowhere(text in texts(), limit in 4_usize..20, parts in parts()) {
            let boundaries: Vec<usize> =
                text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            let at = |share: f64| boundaries[(share * (boundaries.len() - 1) as f64) as usize];
            let whole: Vec<_> = parts.into_iter().map(|(a, b)| at(a.min(b))..at(a.max(b))).collect();
            let pieces = pieces_around(&text, limit, &whole);
            prop_assert_eq!(pieces.concat(), text.as_str());
            let mut cut = 0;
            for piece in pieces {
                prop_assert!(!piece.is_empty() && utf16_units(piece) <= limit, "{:?}", piece);
                let begins = cut;
                cut += piece.len();
                let is_cut = |part: &&Range<usize>| {
                    begins < part.start && part.start < cut && cut < part.end
                        && utf16_units(&text[(*part).clone()]) <= limit
                };
                prop_assert_eq!(whole.iter().find(is_cut), None);
            }
        }

        #[test]
        fn pieces_are_the_text_and_keep_the_limit(text in texts(), limit in 2_usize..20) {
            let pieces = pieces(&text, limit);
            prop_assert_eq!(pieces.concat(), text.as_str());
            for piece in pieces {
                prop_assert!(!piece.is_empty());
                prop_assert!(utf16_units(piece) <= limit, "{:?}", piece);
            }
        }

        #[test]
        fn only_a_grapheme_beyond_the_limit_is_cut(text in texts(), limit in 2_usize..20) {
            let mut cuts = Vec::new();
            let mut at = 0;
            for piece in pieces(&text, limit) {
                at += piece.len();
                cuts.push(at);
            }
            for (start, grapheme) in text.grapheme_indices(true) {
                let is_cut = cuts.iter().any(|&cut| start < cut && cut < start + grapheme.len());
                prop_assert!(!is_cut || utf16_units(grapheme) > limit, "{:?}", grapheme);
            }
        }

        #[test]
        fn a_piece_is_only_as_short_as_its_end_is_worth(text in "[a-z]{30,90}", limit in 4_usize..20) {
            for piece in pieces(&text, limit).split_last().expect("the text is not empty").1 {
                prop_assert_eq!(piece.len(), limit);
            }
        }
    }

    /// Where parts begin and end, as shares of the text.
    fn parts() -> impl Strategy<Value = Vec<(f64, f64)>> {
        proptest::collection::vec((0.0..=1.0, 0.0..=1.0), 0..6)
    }

    /// Texts with everything that makes cutting hard.
    fn texts() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            "[a-z]{1,6}",
            "[ \n.!?]{1,3}",
            Just("\r\n".to_owned()),
            Just("e\u{301}\u{302}".to_owned()),
            Just("👩‍👩‍👧".to_owned()),
            Just("🇩🇪".to_owned()),
            Just(" \u{301}".to_owned()),
            Just("字。".to_owned()),
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
    }
}
