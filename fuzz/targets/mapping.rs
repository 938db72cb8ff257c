//! Rubbish for the parser "mapping".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("mapping").expect("the parser");
    (parser.read)(bytes);
});
