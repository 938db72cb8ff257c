//! Rubbish for the parser "enterprises".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("enterprises").expect("the parser");
    (parser.read)(bytes);
});
