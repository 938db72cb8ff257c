//! Rubbish for the parser "table".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("table").expect("the parser");
    (parser.read)(bytes);
});
