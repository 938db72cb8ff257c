//! Rubbish for the parser "kept".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("kept").expect("the parser");
    (parser.read)(bytes);
});
