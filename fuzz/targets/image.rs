//! Rubbish for the parser "image".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("image").expect("the parser");
    (parser.read)(bytes);
});
