//! Which names a reader may confuse.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// A key that is equal for names and logins that may be confused: the skeleton of confusable characters (UTS #39 §4),
/// ignoring case, marks, spaces, punctuation and pictures. Only for warning readers: no decision depends on it.
#[must_use]
pub fn alike_key(name: &str) -> String {
    let plain: String = name.nfkc().collect();
    let bones: String = skeleton(&plain).filter(|c| !is_combining_mark(*c)).collect();
    let mut key = String::with_capacity(bones.len());
    for c in bones.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()) {
        // Repeats in lower case what the skeleton does for capitals; an i's dot is easily overlooked.
        match c {
            'm' => key.push_str("rn"),
            '0' => key.push('o'),
            '1' | 'i' | 'ı' => key.push('l'),
            other => key.push(other),
        }
    }
    // Only pictures: they are all there is to compare.
    if key.is_empty() { bones } else { key }
}
