//! Exported pictures open again as the diagrams that they show.

use headroom::codec::{export, read, read_bytes, without_defaults};
use headroom::model::Document;
use proptest::prelude::*;

fn examples() -> Vec<(String, Document)> {
    super::examples::examples().into_iter().map(|example| (example.id.clone(), example.document())).collect()
}

/// A PNG picture of one pixel: signature, header, data, end.
fn pixel() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0][..]),
        (b"IDAT", &[0x78, 0x9c, 0x63, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01][..]),
        (b"IEND", &[][..]),
    ] {
        let mut chunk = kind.to_vec();
        chunk.extend(data);
        png.extend((data.len() as u32).to_be_bytes());
        png.extend(&chunk);
        png.extend(crc32fast::hash(&chunk).to_be_bytes());
    }
    png
}

#[test]
fn every_example_comes_back_from_its_picture() {
    for (name, document) in examples() {
        let expected = without_defaults(&document);
        let svg = export::picture(&document);
        let from_svg = read(&svg).unwrap_or_else(|why| panic!("{name}: {why}")).0;
        assert_eq!(without_defaults(&from_svg), expected, "{name}");
        let png = export::with_document(&pixel(), &document).expect("it is a PNG picture");
        let from_png = read_bytes(&png).unwrap_or_else(|why| panic!("{name}: {why}")).0;
        assert_eq!(without_defaults(&from_png), expected, "{name}");
    }
}

#[test]
fn a_picture_is_well_formed_and_shows_every_node() {
    for (name, document) in examples() {
        let svg = export::picture(&document);
        // Tags open and close in pairs, and nothing but tags begins with a bracket.
        let mut open: Vec<&str> = Vec::new();
        for tag in svg.split('<').skip(1) {
            let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("{name}: a tag without an end"));
            match tag.strip_prefix('/') {
                Some(closing) => assert_eq!(open.pop(), Some(closing), "{name}"),
                None if tag.ends_with('/') => {}
                None => open.push(tag.split_whitespace().next().expect("a name")),
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
        assert_eq!(svg.matches("font-weight=\"650\"").count(), document.nodes.len(), "{name}");
    }
}

#[test]
fn pictures_of_others_are_refused_in_a_sentence() {
    for text in ["<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", "<svg><headroom-document></svg>", "<svg"] {
        let refusal = read(text).expect_err("it holds no diagram");
        assert!(refusal.contains("holds no diagram"), "{refusal}");
    }
    let refusal = read_bytes(&pixel()).expect_err("it holds no diagram");
    assert!(refusal.contains("holds no diagram"), "{refusal}");
    assert!(read_bytes(&[0xff, 0xfe, 0x00]).is_err_and(|refusal| refusal.contains("not text")));
}

#[test]
fn a_damaged_picture_is_refused_in_a_sentence() {
    let document = examples().remove(0).1;
    let png = export::with_document(&pixel(), &document).expect("it is a PNG picture");
    for length in 0..png.len() {
        if let Err(refusal) = read_bytes(&png[..length]) {
            assert!(refusal.contains(": "), "{length}: {refusal}");
        }
    }
    for at in 0..png.len() {
        let mut damaged = png.clone();
        damaged[at] ^= 0x20;
        if let Ok((opened, _)) = read_bytes(&damaged) {
            assert_eq!(without_defaults(&opened), without_defaults(&document), "the byte at {at} is not covered");
        }
    }
}

proptest! {
    /// Text of every kind in names survives, and never becomes markup.
    #[test]
    fn names_survive_in_pictures(name in "\\PC{0,40}") {
        let mut document = examples().remove(0).1;
        document.nodes[0].name = name;
        let expected = read(&headroom::codec::save(&document)).expect("it opens").0;
        let svg = export::picture(&document);
        prop_assert_eq!(&read(&svg).expect("it opens").0.nodes[0].name, &expected.nodes[0].name);
    }

    /// Whatever is read, the answer is a document or a sentence.
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), as_png in any::<bool>()) {
        let mut all = if as_png { b"\x89PNG\r\n\x1a\n".to_vec() } else { Vec::new() };
        all.extend(bytes);
        let _ = read_bytes(&all);
    }
}
