//! Rubbish for the parser "geojson".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("geojson").expect("the parser");
    (parser.read)(bytes);
});
