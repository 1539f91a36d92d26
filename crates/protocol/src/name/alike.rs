//! Which names a reader may take for each other.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// The same for names and logins that may be taken for each other: by the skeleton of confusable characters (UTS #39
/// §4), without regard to case, marks, spaces, punctuation and pictures. Only for telling apart what is shown: nothing
/// is decided by it.
#[must_use]
pub fn alike_key(name: &str) -> String {
    let plain: String = name.nfkc().collect();
    let bones: String = skeleton(&plain).filter(|c| !is_combining_mark(*c)).collect();
    let mut key = String::with_capacity(bones.len());
    for c in bones.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()) {
        // In lower case once more what the skeleton does with capitals, and an i, whose dot is easily missed.
        match c {
            'm' => key.push_str("rn"),
            '0' => key.push('o'),
            '1' | 'i' | 'ı' => key.push('l'),
            other => key.push(other),
        }
    }
    // Of pictures alone: these are all there is to compare.
    if key.is_empty() { bones } else { key }
}
