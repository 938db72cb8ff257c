//! Rubbish for the parser "geopackage".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("geopackage").expect("the parser");
    (parser.read)(bytes);
});
