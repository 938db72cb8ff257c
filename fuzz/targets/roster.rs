//! Rubbish for the parser "roster".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("roster").expect("the parser");
    (parser.read)(bytes);
});
