//! Rubbish for the parser "multipart".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("multipart").expect("the parser");
    (parser.read)(bytes);
});
