//! What is sent: scripts of the world, and texts of the maximum length.

use conclave_protocol::limits::TEXT_BYTES_MAX;

const SCRIPTS: [&str; 14] = [
    "The tide tables are in the folder",
    "השעון מכוון לשעון הנמל",
    "مواعيد المد والجزر في المجلد",
    "潮位表在文件夹里",
    "潮位表はフォルダーにあります",
    "조석표는 폴더에 있습니다",
    "ज्वार तालिका फ़ोल्डर में है",
    "ตารางน้ำขึ้นน้ำลงอยู่ในโฟลเดอร์",
    "Таблица приливов лежит в папке",
    "Ο πίνακας παλιρροιών είναι στον φάκελο",
    "ตี่ e\u{301}\u{323}\u{302} Z\u{351}\u{36b}a\u{310}\u{312}lgo",
    "👩🏽‍🚀👨‍👩‍👧‍👦🏳️‍🌈🇮🇸 ok",
    "გემი ნავსადგურშია",
    "ጀልባው ወደብ ላይ ነው",
];

/// The text with this number: all differ, and each hundredth has the maximum length.
pub(crate) fn text(number: usize) -> String {
    let words = SCRIPTS[number % SCRIPTS.len()];
    let mut text = format!("{number}: {words}");
    if number % 100 == 99 {
        while text.len() + words.len() < TEXT_BYTES_MAX {
            text.push_str(words);
        }
    }
    text
}
