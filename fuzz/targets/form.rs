//! Rubbish for the parser "form".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("form").expect("the parser");
    (parser.read)(bytes);
});
