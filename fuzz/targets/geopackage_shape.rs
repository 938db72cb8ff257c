//! Rubbish for the parser "geopackage_shape".
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let parser = steward::parsers::of("geopackage_shape").expect("the parser");
    (parser.read)(bytes);
});
