//! Rubbish for the parser "open311".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("open311").expect("the parser");
    (parser.read)(bytes);
});
