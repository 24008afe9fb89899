//! `hookhost completions`: scripts by which a shell completes what is typed.

use clap::{CommandFactory as _, ValueEnum};
use clap_complete::generate;

use super::Cli;

/// A shell that a script can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    /// Load it from ~/.bashrc: source <(hookhost completions bash)
    Bash,
    /// Put it into a folder of $fpath as _hookhost
    Zsh,
    /// Put it into ~/.config/fish/completions as hookhost.fish
    Fish,
}

/// The script for a shell.
pub(super) fn script(shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "hookhost", &mut script);
    String::from_utf8(script).expect("commands are described in UTF-8")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use clap::Command;

    use super::*;

    /// The names of all commands below this one, and all long flags, each with the fewest commands before it.
    fn words(command: &Command, depth: usize, into: &mut BTreeMap<String, usize>) {
        let flags = command.get_arguments().filter_map(|argument| argument.get_long());
        for word in flags.chain(command.get_subcommands().map(Command::get_name)) {
            let known = into.entry(word.to_owned()).or_insert(depth);
            *known = depth.min(*known);
        }
        for below in command.get_subcommands() {
            words(below, depth + 1, into);
        }
    }

    #[test]
    fn every_command_and_every_flag_is_in_the_script_of_every_shell() {
        let mut expected = BTreeMap::new();
        words(&Cli::command(), 0, &mut expected);
        assert_eq!(["serve", "deploy", "set-webhook"].map(|word| expected[word]), [0, 1, 2]);
        for shell in Shell::value_variants() {
            let script = script(*shell);
            let words = script.split(|c: char| !c.is_alphanumeric() && c != '-');
            let words: BTreeSet<&str> = words.map(|word| word.trim_matches('-')).collect();
            for (word, depth) in &expected {
                // For fish the library goes no further.
                let is_too_deep = *shell == Shell::Fish && *depth > 2;
                assert!(is_too_deep || words.contains(word.as_str()), "{shell:?} does not know {word}");
            }
        }
    }
}
